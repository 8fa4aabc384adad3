import { apis, ErrorCode, errorInfo } from '@millrace/protocol'
import type { SharedVersions } from '../api-versions.js'
import type { Exchange } from '../exchange.js'
import { NetworkError } from '../network-error.js'

/** One SASL exchange, seen by the client. */
export interface SaslClient {
  /** For instance `SCRAM-SHA-256`. */
  readonly mechanism: string
  /** The first message. */
  initial(): Buffer | Promise<Buffer>
  /** The answer to a challenge; undefined when nothing more is to be said. Throws if the server cannot be trusted. */
  respond(challenge: Buffer): Buffer | undefined | Promise<Buffer | undefined>
}

/** SaslHandshake, then SaslAuthenticate until both sides are content (KIP-43, KIP-152). Errors: AUTHENTICATION_FAILED. */
export async function authenticate(
  exchange: Exchange,
  versions: SharedVersions,
  client: SaslClient,
): Promise<{ readonly lifetimeMs: number }> {
  const handshake = await exchange.send(apis.SaslHandshake, versions.pick(apis.SaslHandshake, { min: 1 }), {
    mechanism: client.mechanism,
  })
  if (handshake.errorCode !== ErrorCode.NONE) {
    throw failed(`the broker offers ${handshake.mechanisms.join(', ')}, not ${client.mechanism}`)
  }
  const version = versions.pick(apis.SaslAuthenticate)
  for (let message: Buffer | undefined = await client.initial(); ; ) {
    const answer = await exchange.send(apis.SaslAuthenticate, version, { authBytes: message })
    if (answer.errorCode !== ErrorCode.NONE) {
      throw failed(answer.errorMessage ?? errorInfo(answer.errorCode).message)
    }
    try {
      message = await client.respond(answer.authBytes)
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error))
    }
    if (message === undefined) return { lifetimeMs: answer.sessionLifetimeMs }
  }
}

function failed(message: string): NetworkError {
  return new NetworkError('AUTHENTICATION_FAILED', message)
}
