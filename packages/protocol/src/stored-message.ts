/** Messages outside of requests and responses: the records of `__consumer_offsets`, and what groups pass to each other. */
import { MalformedMessageError } from './schema/errors.js'
import type { AnyStruct, Infer, InferInput } from './schema/fields.js'
import type { Message } from './schema/message.js'
import { Reader } from './schema/reader.js'
import { includesVersion } from './schema/version-range.js'
import { Writer } from './schema/writer.js'

const writer = new Writer()

/** The bytes of a message, without its version. */
export function encodeStruct<S extends AnyStruct>(message: Message<S>, version: number, value: InferInput<S>): Buffer {
  const codec = message.codec(version)
  writer.begin(codec.what)
  codec.write(writer, value)
  return Buffer.concat(writer.finish())
}

/** A message of a known version that starts at `at`. Bytes after its end are ignored. */
export function decodeStruct<S extends AnyStruct>(
  message: Message<S>,
  version: number,
  buffer: Buffer,
  at = 0,
): Infer<S> {
  const codec = message.codec(version)
  return codec.read(new Reader(buffer, at, codec.what)) as Infer<S>
}

/** The bytes of a message after an int16 with its version: how keys and values of records are stored. */
export function encodeVersioned<S extends AnyStruct>(
  message: Message<S>,
  version: number,
  value: InferInput<S>,
): Buffer {
  const codec = message.codec(version)
  writer.begin(codec.what)
  writer.int16(version, 'version')
  codec.write(writer, value)
  return Buffer.concat(writer.finish())
}

/** The version in front of a stored message. */
export function storedVersion(buffer: Buffer): number {
  return new Reader(buffer, 0, 'stored message').int16()
}

/**
 * A message after an int16 with its version.
 *
 * A version that is not known is a `MalformedMessageError` with reason `unknown-version`. With `acceptNewer`, one that is
 * larger than all known ones is read as the largest known one, and what it has in addition is ignored.
 */
export function decodeVersioned<S extends AnyStruct>(
  message: Message<S>,
  buffer: Buffer,
  options: { readonly acceptNewer?: boolean } = {},
): { version: number; value: Infer<S> } {
  const stored = storedVersion(buffer)
  const version = options.acceptNewer ? Math.min(stored, message.versions.max) : stored
  if (!includesVersion(message.versions, version)) {
    throw new MalformedMessageError(`${message.name} v${stored}`, 'unknown-version', 0)
  }
  return { version: stored, value: decodeStruct(message, version, buffer, 2) }
}
