/**
 * The serdes that come with the client: each encodes as Java's class of that type does, so that both read one topic.
 * Numbers are big-endian and of a fixed size; a UUID is its text.
 */
import { type Bytes, bufferOf } from './headers.js'
import type { Serde } from './serde.js'
import { type StandardSchema, validated } from './standard-schema.js'

/** What reads a null value is null, whatever its type says, as in Java. */
function serde<T>(write: (data: T) => Buffer, read: (bytes: Buffer) => T): Serde<T> {
  return {
    serialize: (_topic, data) => (data === null || data === undefined ? null : write(data)),
    deserialize: (_topic, bytes) => (bytes === null ? (null as T) : read(bufferOf(bytes))),
  }
}

function fixedSize<T>(
  what: string,
  size: number,
  write: (buffer: Buffer, data: T) => void,
  read: (b: Buffer) => T,
): Serde<T> {
  return serde(
    (data) => {
      const buffer = Buffer.allocUnsafe(size)
      write(buffer, data)
      return buffer
    },
    (bytes) => {
      if (bytes.length !== size) throw new RangeError(`${what} takes ${size} bytes, not ${bytes.length}`)
      return read(bytes)
    },
  )
}

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function uuidText(text: string): string {
  if (!UUID_TEXT.test(text)) throw new TypeError(`not a UUID: ${JSON.stringify(text)}`)
  return text.toLowerCase()
}

/** Serdes of the usual types. Errors of each: TypeError or RangeError for what is not of the type. */
export const Serdes = {
  /** UTF-8. Java's StringSerializer. */
  string: serde<string>(
    (text) => {
      if (typeof text !== 'string') throw new TypeError(`not a string: ${typeof text}`)
      return Buffer.from(text, 'utf8')
    },
    (bytes) => bytes.toString('utf8'),
  ),
  /** As they are. Java's BytesSerializer and ByteArraySerializer. */
  bytes: serde<Uint8Array>(
    (bytes) => {
      if (!(bytes instanceof Uint8Array)) throw new TypeError(`not bytes: ${typeof bytes}`)
      return bufferOf(bytes)
    },
    (bytes) => bytes,
  ),
  /** Java's ShortSerializer: from −32,768 to 32,767. */
  int16: fixedSize<number>(
    'an int16',
    2,
    (buffer, data) => buffer.writeInt16BE(whole(data)),
    (b) => b.readInt16BE(),
  ),
  /** Java's IntegerSerializer. */
  int32: fixedSize<number>(
    'an int32',
    4,
    (buffer, data) => buffer.writeInt32BE(whole(data)),
    (b) => b.readInt32BE(),
  ),
  /** Java's LongSerializer: 64 bits are more than a number holds. */
  int64: fixedSize<bigint>(
    'an int64',
    8,
    (buffer, data) => buffer.writeBigInt64BE(data),
    (b) => b.readBigInt64BE(),
  ),
  /** Java's FloatSerializer: rounds to 32 bits. */
  float: fixedSize<number>(
    'a float',
    4,
    (buffer, data) => buffer.writeFloatBE(data),
    (b) => b.readFloatBE(),
  ),
  /** Java's DoubleSerializer. */
  double: fixedSize<number>(
    'a double',
    8,
    (buffer, data) => buffer.writeDoubleBE(data),
    (b) => b.readDoubleBE(),
  ),
  /** The 36 characters of its text. Java's UUIDSerializer. */
  uuid: serde<string>(
    (text) => Buffer.from(uuidText(text), 'latin1'),
    (bytes) => uuidText(bytes.toString('utf8')),
  ),
  /**
   * UTF-8 JSON. `schema`, of any library that has the Standard Schema interface, is asked on both ways: for what is sent
   * and for what is read; what it returns is what counts.
   */
  json<T>(schema?: StandardSchema<T>): Serde<T> {
    return serde<T>(
      (data) => {
        const text = JSON.stringify(schema === undefined ? data : validated(schema, data))
        if (text === undefined) throw new TypeError(`JSON has no ${typeof data}`)
        return Buffer.from(text, 'utf8')
      },
      (bytes) => {
        const data: unknown = JSON.parse(bytes.toString('utf8'))
        return schema === undefined ? (data as T) : validated(schema, data)
      },
    )
  },
} as const

/** What producer and consumer use when no serde is named: bytes, and text as UTF-8 when it is sent. */
export const defaultSerializer: Pick<Serde<Bytes>, 'serialize'> = {
  serialize: (_topic, data) => bufferOf(data),
}

function whole(data: number): number {
  if (!Number.isInteger(data)) throw new TypeError(`not a whole number: ${String(data)}`)
  return data
}
