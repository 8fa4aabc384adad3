/**
 * Reads the primitive types of Kafka's protocol from one buffer, front to back.
 *
 * Every read checks that the bytes are there, and every length and count is checked against what is left before
 * anything is allocated for it. Bytes come out as views of the buffer. The generated readers (compile-reader.ts) call
 * these methods and nothing else; no error but `MalformedMessageError` leaves this class.
 */
import { MalformedMessageError, type MalformedReason } from './errors.js'
import type { UnknownTaggedField } from './fields.js'

/** Most elements that an array may have; Kafka 4.4 has the same limit. */
export const MAX_ARRAY_ELEMENTS = 1_000_000
/** Most tagged fields that a struct may have; Kafka 4.4 has the same limit. */
const MAX_TAGGED_FIELDS = 10_000
/** Most bytes that a string may have, in the compact encoding too. */
export const MAX_STRING_BYTES = 0x7fff

const TWO_TO_32 = 2 ** 32

export class Reader {
  readonly #buffer: Buffer
  readonly #what: string
  #at: number

  /** Reads from `at` to the end of `buffer`. `what` names the message and its version in errors. */
  constructor(buffer: Buffer, at: number, what: string) {
    this.#buffer = buffer
    this.#at = at
    this.#what = what
  }

  /** Where the next read starts. */
  get position(): number {
    return this.#at
  }

  #fail(reason: MalformedReason): never {
    throw new MalformedMessageError(this.#what, reason, this.#at)
  }

  /** Moves `length` bytes on, which must be there, and returns where they start. */
  #take(length: number): number {
    const at = this.#at
    if (length > this.#buffer.length - at) this.#fail('truncated')
    this.#at = at + length
    return at
  }

  int8(): number {
    const at = this.#take(1)
    return (this.#buffer[at]! << 24) >> 24
  }

  /** Any byte but 0 is true, as in Kafka. */
  bool(): boolean {
    const at = this.#take(1)
    return this.#buffer[at] !== 0
  }

  uint16(): number {
    const at = this.#take(2)
    const buffer = this.#buffer
    return (buffer[at]! << 8) | buffer[at + 1]!
  }

  int16(): number {
    return (this.uint16() << 16) >> 16
  }

  int32(): number {
    const at = this.#take(4)
    const buffer = this.#buffer
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  int64(): number {
    const high = this.int32()
    const value = high * TWO_TO_32 + this.uint32()
    if (!Number.isSafeInteger(value)) this.#fail('unsafe-integer')
    return value
  }

  wideInt64(): number {
    const high = this.int32()
    return high * TWO_TO_32 + this.uint32()
  }

  float64(): number {
    return this.#buffer.readDoubleBE(this.#take(8))
  }

  uuid(): string {
    const at = this.#take(16)
    return this.#buffer.toString('base64url', at, at + 16)
  }

  /** Unsigned, of at most 32 bits. */
  uvarint(): number {
    const buffer = this.#buffer
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = buffer[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    const last = buffer[this.#take(1)]!
    if (last > 0x0f) this.#fail('varint-overflow')
    return (value | (last << 28)) >>> 0
  }

  string(): string {
    return this.#string(this.int16()) ?? this.#fail('unexpected-null')
  }

  nullableString(): string | null {
    return this.#string(this.int16())
  }

  compactString(): string {
    return this.#string(this.uvarint() - 1) ?? this.#fail('unexpected-null')
  }

  compactNullableString(): string | null {
    return this.#string(this.uvarint() - 1)
  }

  bytes(): Buffer {
    return this.#bytes(this.int32()) ?? this.#fail('unexpected-null')
  }

  nullableBytes(): Buffer | null {
    return this.#bytes(this.int32())
  }

  compactBytes(): Buffer {
    return this.#bytes(this.uvarint() - 1) ?? this.#fail('unexpected-null')
  }

  compactNullableBytes(): Buffer | null {
    return this.#bytes(this.uvarint() - 1)
  }

  /** Count of an array whose elements take `elementBytes` at least. */
  arrayLength(elementBytes: number): number {
    const count = this.#count(this.int32(), elementBytes)
    return count < 0 ? this.#fail('unexpected-null') : count
  }

  /** Like `arrayLength`; -1 stands for null. */
  nullableArrayLength(elementBytes: number): number {
    return this.#count(this.int32(), elementBytes)
  }

  compactArrayLength(elementBytes: number): number {
    const count = this.#count(this.uvarint() - 1, elementBytes)
    return count < 0 ? this.#fail('unexpected-null') : count
  }

  compactNullableArrayLength(elementBytes: number): number {
    return this.#count(this.uvarint() - 1, elementBytes)
  }

  /** The byte before a nullable struct: -1 for null, 1 otherwise. */
  structPresent(): boolean {
    return this.int8() >= 0
  }

  /** How many tagged fields follow. */
  tagCount(): number {
    const count = this.uvarint()
    // A tagged field takes two bytes at least: its tag and its size.
    if (count > MAX_TAGGED_FIELDS || count * 2 > this.#buffer.length - this.#at) this.#fail('too-many-tags')
    return count
  }

  /** Size of a tagged field; returns the position at which the field must end. */
  tagEnd(): number {
    const size = this.uvarint()
    const start = this.#take(size)
    this.#at = start
    return start + size
  }

  /** Checks that a known tagged field was as long as it said. */
  expectEnd(end: number): void {
    if (this.#at !== end) this.#fail('tag-size-mismatch')
  }

  /** Adds a tagged field that the schema does not know to `fields`, and returns that list. */
  unknownTag(fields: UnknownTaggedField[] | undefined, tag: number, end: number): UnknownTaggedField[] {
    const field = { tag, data: this.#buffer.subarray(this.#at, end) }
    this.#at = end
    if (fields === undefined) return [field]
    fields.push(field)
    return fields
  }

  #string(length: number): string | null {
    if (length < 0) return this.#nullFor(length)
    if (length > MAX_STRING_BYTES) this.#fail('string-too-long')
    const at = this.#take(length)
    const text = this.#buffer.toString('utf8', at, at + length)
    // The decoder puts U+FFFD in the place of bytes that are not UTF-8; a sender may have meant that character, too.
    if (text.includes('\ufffd') && Buffer.from(text).compare(this.#buffer, at, at + length) !== 0) {
      this.#fail('invalid-utf8')
    }
    return text
  }

  #bytes(length: number): Buffer | null {
    if (length < 0) return this.#nullFor(length)
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  #count(count: number, elementBytes: number): number {
    if (count < 0) {
      this.#nullFor(count)
      return -1
    }
    if (count > MAX_ARRAY_ELEMENTS || count * elementBytes > this.#buffer.length - this.#at) {
      this.#fail('too-many-elements')
    }
    return count
  }

  #nullFor(length: number): null {
    return length === -1 ? null : this.#fail('negative-length')
  }
}
