import { createHmac } from 'node:crypto'
import type { Randomness, StoreDirectory } from './ports.js'
import { StoreError } from './store-error.js'
import { SECRET_FILE } from './store-files.js'

const SECRET_BYTES = 32
const PASSWORD_BYTES = 16

/** The key of the session passwords: made once, then kept, or no session would survive a restart. */
export async function loadSecret(directory: StoreDirectory, random: Randomness): Promise<Buffer> {
  const names = await directory.list()
  if (names.includes(SECRET_FILE)) {
    const secret = await directory.read(SECRET_FILE)
    if (secret.length !== SECRET_BYTES) throw new StoreError('CORRUPT', `${SECRET_FILE} has ${secret.length} bytes`)
    return secret
  }
  const secret = random.bytes(SECRET_BYTES)
  const temporary = `${SECRET_FILE}.tmp`
  await directory.remove(temporary)
  const file = await directory.openAppend(temporary)
  try {
    await file.append([secret])
    await file.datasync()
  } finally {
    await file.close()
  }
  await directory.rename(temporary, SECRET_FILE)
  await directory.sync()
  return secret
}

/** The password of a session: whoever has it may take the session over. */
export function sessionPassword(secret: Buffer, sessionId: bigint): Buffer {
  const id = Buffer.alloc(8)
  id.writeBigInt64BE(sessionId)
  return createHmac('sha256', secret).update(id).digest().subarray(0, PASSWORD_BYTES)
}
