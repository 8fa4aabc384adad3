/** SCRAM-SHA-256 and -512 as Kafka uses them (RFC 5802, RFC 7677, without channel binding). */
import { promisify } from 'node:util'
import type { SaslClient } from './authenticate.js'

export interface ScramOptions {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
  /** Of a delegation token (KIP-48). */
  readonly isToken?: boolean
  /** Default random. */
  readonly nonce?: string
}

/** Kafka refuses credentials with fewer; a server that asks for less cannot be trusted. */
const ITERATIONS_MIN = 4096
/** `n,,` in base64: no channel binding, no other identity. */
const CHANNEL_BINDING = 'biws'

export function scram(options: ScramOptions): SaslClient {
  // Loaded here: most clients do not need it.
  const { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } = process.getBuiltinModule('node:crypto')
  const derive = promisify(pbkdf2)
  const { mechanism, username, password, isToken = false, nonce = randomBytes(24).toString('base64url') } = options
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const clientFirst = `n=${escaped(username)},r=${nonce}${isToken ? ',tokenauth=true' : ''}`
  let serverSignature: Buffer | undefined

  const answerFirst = async (serverFirst: string): Promise<Buffer> => {
    const { r: serverNonce = '', s: salt = '', i: iterations = '' } = attributes(serverFirst)
    if (!serverNonce.startsWith(nonce) || serverNonce === nonce) throw new Error('the server does not know our nonce')
    if (Number(iterations) < ITERATIONS_MIN) throw new Error(`the server asks for only ${iterations} iterations`)
    const length = hash === 'sha256' ? 32 : 64
    const salted = await derive(
      password.normalize('NFKC'),
      Buffer.from(salt, 'base64'),
      Number(iterations),
      length,
      hash,
    )
    const clientKey = createHmac(hash, salted).update('Client Key').digest()
    const storedKey = createHash(hash).update(clientKey).digest()
    const withoutProof = `c=${CHANNEL_BINDING},r=${serverNonce}`
    const message = `${clientFirst},${serverFirst},${withoutProof}`
    const clientSignature = createHmac(hash, storedKey).update(message).digest()
    const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0))
    const serverKey = createHmac(hash, salted).update('Server Key').digest()
    serverSignature = createHmac(hash, serverKey).update(message).digest()
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)
  }

  return {
    mechanism,
    initial: () => Buffer.from(`n,,${clientFirst}`),
    async respond(challenge) {
      const text = challenge.toString('utf8')
      if (serverSignature === undefined) return await answerFirst(text)
      const { v: signature = '', e: error } = attributes(text)
      if (error !== undefined) throw new Error(error)
      const given = Buffer.from(signature, 'base64')
      if (given.length !== serverSignature.length || !timingSafeEqual(given, serverSignature)) {
        throw new Error('the server does not know the password')
      }
      return undefined
    },
  }
}

function escaped(name: string): string {
  return name.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function attributes(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
}
