import assert from 'node:assert/strict'

/** The id of nothing: 16 zero bytes, in Kafka's text form. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A UUID of 16 bytes at `at`, in Kafka's text form: base64url without padding, 22 characters. */
export function uuidFromBytes(bytes: Buffer, at = 0): string {
  assert(at >= 0 && at + 16 <= bytes.length, 'a UUID takes 16 bytes')
  return bytes.toString('base64url', at, at + 16)
}

/** Whether `text` is a UUID in Kafka's text form. */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

/** The 16 bytes of a UUID in Kafka's text form. Throws a `TypeError` for any other text. */
export function uuidToBytes(uuid: string): Buffer {
  if (!isUuid(uuid)) throw new TypeError(`not a UUID of 22 base64url characters: ${JSON.stringify(uuid)}`)
  return Buffer.from(uuid, 'base64url')
}
