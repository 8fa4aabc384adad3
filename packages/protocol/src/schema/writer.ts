/**
 * Writes the primitive types of Kafka's protocol into one scratch buffer that is used again for every message.
 *
 * Record batches are not copied: the writer remembers where they belong, and `finish` returns a list of buffers in
 * which they lie between the small fields. Every value is checked against the range of its type; no error but
 * `UnencodableMessageError` leaves this class. The generated writers (compile-writer.ts) call these methods and nothing
 * else.
 */
import assert from 'node:assert/strict'
import { UnencodableMessageError, type UnencodableReason } from './errors.js'
import type { UnknownTaggedField } from './fields.js'
import { MAX_STRING_BYTES } from './reader.js'

const INITIAL_BYTES = 4096
/** A scratch buffer that one large message made larger than this is not kept. */
const KEPT_BYTES = 1024 * 1024
const MAX_BYTES = 0x7fffffff
const TWO_TO_32 = 2 ** 32
const TWO_TO_63 = 2 ** 63
/** Up to this length a string is written character by character, which beats a call out of JavaScript. */
const SHORT_STRING = 32
const NO_TAGS: readonly UnknownTaggedField[] = []

/** Buffers that belong at a position of the scratch buffer. */
interface Insertion {
  readonly at: number
  readonly buffers: readonly Buffer[]
}

export class Writer {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #at = 0
  #what = ''
  #insertions: Insertion[] = []
  #insertedBytes = 0

  /** Starts a message; what an earlier one left behind after an error is dropped. `what` names it in errors. */
  begin(what: string): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
    this.#at = 0
    this.#what = what
    this.#insertions = []
    this.#insertedBytes = 0
  }

  /** Names the part that comes next in errors. */
  describe(what: string): void {
    this.#what = what
  }

  /** The message as buffers to be sent one after the other. */
  finish(): Buffer[] {
    const small = Buffer.from(this.#buffer.subarray(0, this.#at))
    if (this.#insertions.length === 0) return [small]
    const parts: Buffer[] = []
    let from = 0
    for (const { at, buffers } of this.#insertions) {
      if (at > from) parts.push(small.subarray(from, at))
      parts.push(...buffers)
      from = at
    }
    if (this.#at > from) parts.push(small.subarray(from))
    this.#insertions = []
    return parts
  }

  /** Like `finish`, for a message that began with an int32 in place of its length, which is filled in. */
  finishFrame(): Buffer[] {
    const length = this.#at + this.#insertedBytes - 4
    if (length > MAX_BYTES) this.fail('too-long', 'frame')
    this.#buffer.writeInt32BE(length, 0)
    return this.finish()
  }

  fail(reason: UnencodableReason, field: string): never {
    throw new UnencodableMessageError(this.#what, reason, field)
  }

  /** Makes room for `length` bytes and returns where they start. */
  #room(length: number): number {
    const at = this.#at
    if (at + length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, at + length))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#at = at + length
    return at
  }

  int8(value: number, field: string): void {
    if ((value << 24) >> 24 !== value) this.#failNumber(value, field)
    this.#buffer[this.#room(1)] = value
  }

  bool(value: boolean, field: string): void {
    if (typeof value !== 'boolean') this.fail('wrong-type', field)
    const at = this.#room(1)
    this.#buffer[at] = value ? 1 : 0
  }

  int16(value: number, field: string): void {
    if ((value << 16) >> 16 !== value) this.#failNumber(value, field)
    this.#write16(value)
  }

  uint16(value: number, field: string): void {
    if ((value & 0xffff) !== value) this.#failNumber(value, field)
    this.#write16(value)
  }

  int32(value: number, field: string): void {
    if ((value | 0) !== value) this.#failNumber(value, field)
    this.#write32(value)
  }

  uint32(value: number, field: string): void {
    if (value >>> 0 !== value) this.#failNumber(value, field)
    this.#write32(value)
  }

  int64(value: number, field: string): void {
    if (!Number.isSafeInteger(value)) this.#failNumber(value, field)
    this.#write64(value)
  }

  wideInt64(value: number, field: string): void {
    if (!Number.isInteger(value) || value > TWO_TO_63 || value < -TWO_TO_63) this.#failNumber(value, field)
    if (value === TWO_TO_63) {
      this.#write32(0x7fffffff)
      this.#write32(-1)
    } else {
      this.#write64(value)
    }
  }

  float64(value: number, field: string): void {
    if (typeof value !== 'number') this.fail('wrong-type', field)
    const at = this.#room(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uuid(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    const at = this.#room(16)
    if (value.length !== 22 || this.#buffer.write(value, at, 16, 'base64url') !== 16) this.fail('out-of-range', field)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      const at = this.#room(1)
      this.#buffer[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.#room(1)
    this.#buffer[at] = rest
  }

  string(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    const lengthAt = this.#room(2)
    const length = this.#utf8(value)
    if (length > MAX_STRING_BYTES) this.fail('too-long', field)
    this.#buffer[lengthAt] = length >> 8
    this.#buffer[lengthAt + 1] = length
  }

  nullableString(value: string | null, field: string): void {
    if (value === null) this.#write16(-1)
    else this.string(value, field)
  }

  compactString(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    // The length comes first and takes one byte in most cases; where it takes more, the string is moved.
    const lengthAt = this.#room(1)
    const length = this.#utf8(value)
    if (length > MAX_STRING_BYTES) this.fail('too-long', field)
    this.#fillIn(lengthAt, length + 1)
  }

  compactNullableString(value: string | null, field: string): void {
    if (value === null) this.uvarint(0)
    else this.compactString(value, field)
  }

  bytes(value: Buffer, field: string): void {
    if (!Buffer.isBuffer(value)) this.#failMissing(value, field)
    this.#write32(value.length)
    this.#copy(value)
  }

  nullableBytes(value: Buffer | null, field: string): void {
    if (value === null) this.#write32(-1)
    else this.bytes(value, field)
  }

  compactBytes(value: Buffer, field: string): void {
    if (!Buffer.isBuffer(value)) this.#failMissing(value, field)
    this.uvarint(value.length + 1)
    this.#copy(value)
  }

  compactNullableBytes(value: Buffer | null, field: string): void {
    if (value === null) this.uvarint(0)
    else this.compactBytes(value, field)
  }

  records(value: Buffer | readonly Buffer[], field: string): void {
    const buffers = this.#recordBuffers(value, field)
    this.#write32(totalBytes(buffers))
    this.#insert(buffers)
  }

  nullableRecords(value: Buffer | readonly Buffer[] | null, field: string): void {
    if (value === null) this.#write32(-1)
    else this.records(value, field)
  }

  compactRecords(value: Buffer | readonly Buffer[], field: string): void {
    const buffers = this.#recordBuffers(value, field)
    this.uvarint(totalBytes(buffers) + 1)
    this.#insert(buffers)
  }

  compactNullableRecords(value: Buffer | readonly Buffer[] | null, field: string): void {
    if (value === null) this.uvarint(0)
    else this.compactRecords(value, field)
  }

  arrayLength(value: readonly unknown[], field: string): void {
    if (!Array.isArray(value)) this.#failMissing(value, field)
    this.#write32(value.length)
  }

  nullableArrayLength(value: readonly unknown[] | null, field: string): void {
    if (value === null) this.#write32(-1)
    else this.arrayLength(value, field)
  }

  compactArrayLength(value: readonly unknown[], field: string): void {
    if (!Array.isArray(value)) this.#failMissing(value, field)
    this.uvarint(value.length + 1)
  }

  compactNullableArrayLength(value: readonly unknown[] | null, field: string): void {
    if (value === null) this.uvarint(0)
    else this.compactArrayLength(value, field)
  }

  /** Checks that a struct is there. */
  structValue(value: unknown, field: string): void {
    if (typeof value !== 'object' || value === null) this.#failMissing(value, field)
  }

  /** The byte before a nullable struct. */
  structPresent(present: boolean): void {
    const at = this.#room(1)
    this.#buffer[at] = present ? 1 : 0xff
  }

  /** Writes the tag and leaves room for the size; returns where the content starts, for `endTag`. */
  beginTag(tag: number): number {
    this.uvarint(tag)
    return this.#room(1) + 1
  }

  /** Fills in the size of the tagged field whose content started at `start`. */
  endTag(start: number): void {
    this.#fillIn(start - 1, this.#at - start)
  }

  /** The unknown tagged fields of a struct in ascending order, checked against the tags that this version knows. */
  unknownTags(
    fields: readonly UnknownTaggedField[] | undefined,
    knownTags: readonly number[],
  ): readonly UnknownTaggedField[] {
    if (fields === undefined || fields.length === 0) return NO_TAGS
    const sorted = [...fields].sort((a, b) => a.tag - b.tag)
    for (const [index, { tag, data }] of sorted.entries()) {
      const isValid = tag >>> 0 === tag && Buffer.isBuffer(data)
      if (!isValid || sorted[index - 1]?.tag === tag || knownTags.includes(tag)) {
        this.fail('bad-tag', 'unknownTaggedFields')
      }
    }
    return sorted
  }

  /** Writes the unknown tagged fields below `limit`, starting with the one at `from`; returns the index of the next. */
  writeUnknownTags(fields: readonly UnknownTaggedField[], from: number, limit: number): number {
    let index = from
    for (; index < fields.length; index++) {
      const { tag, data } = fields[index]!
      if (tag >= limit) break
      this.uvarint(tag)
      this.uvarint(data.length)
      this.#copy(data)
    }
    return index
  }

  #write16(value: number): void {
    const at = this.#room(2)
    const buffer = this.#buffer
    buffer[at] = value >> 8
    buffer[at + 1] = value
  }

  #write32(value: number): void {
    const at = this.#room(4)
    const buffer = this.#buffer
    buffer[at] = value >> 24
    buffer[at + 1] = value >> 16
    buffer[at + 2] = value >> 8
    buffer[at + 3] = value
  }

  /** Exact for every integer of magnitude below 2^63 that is a double. */
  #write64(value: number): void {
    const high = Math.floor(value / TWO_TO_32)
    this.#write32(high)
    this.#write32(value - high * TWO_TO_32)
  }

  /** Writes text without a length and returns how many bytes it took. */
  #utf8(text: string): number {
    const start = this.#room(text.length * 3)
    const buffer = this.#buffer
    if (text.length <= SHORT_STRING) {
      let index = 0
      for (; index < text.length; index++) {
        const code = text.charCodeAt(index)
        if (code > 0x7f) break
        buffer[start + index] = code
      }
      if (index === text.length) {
        this.#at = start + index
        return index
      }
    }
    const written = buffer.write(text, start, 'utf8')
    this.#at = start + written
    return written
  }

  /** Puts `value` as a varint over the one byte left free at `at`, moving what follows if it takes more. */
  #fillIn(at: number, value: number): void {
    const end = this.#at
    const extra = uvarintBytes(value) - 1
    if (extra > 0) {
      this.#room(extra)
      this.#buffer.copyWithin(at + 1 + extra, at + 1, end)
    }
    this.#at = at
    this.uvarint(value)
    this.#at = end + extra
  }

  #copy(value: Buffer): void {
    const at = this.#room(value.length)
    value.copy(this.#buffer, at)
  }

  #recordBuffers(value: Buffer | readonly Buffer[], field: string): readonly Buffer[] {
    if (Buffer.isBuffer(value)) return value.length === 0 ? [] : [value]
    if (!Array.isArray(value)) this.#failMissing(value, field)
    for (const buffer of value) if (!Buffer.isBuffer(buffer)) this.fail('wrong-type', field)
    if (totalBytes(value) > MAX_BYTES - 1) this.fail('too-long', field)
    return value.filter((buffer) => buffer.length > 0)
  }

  #insert(buffers: readonly Buffer[]): void {
    if (buffers.length === 0) return
    this.#insertions.push({ at: this.#at, buffers })
    this.#insertedBytes += totalBytes(buffers)
  }

  #failNumber(value: unknown, field: string): never {
    this.fail(typeof value === 'number' ? 'out-of-range' : 'wrong-type', field)
  }

  #failMissing(value: unknown, field: string): never {
    this.fail(value === null ? 'null-not-allowed' : 'wrong-type', field)
  }
}

function totalBytes(buffers: readonly Buffer[]): number {
  let total = 0
  for (const buffer of buffers) total += buffer.length
  return total
}

function uvarintBytes(value: number): number {
  assert(value >= 0)
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++
  return bytes
}
