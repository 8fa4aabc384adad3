/**
 * Writes the primitive types of Kafka's protocol, each value checked against the range of its type, into a buffer that is
 * used again for every message (scratch-buffer.ts, which owns the bytes).
 *
 * Record batches are not copied: the writer remembers where they belong, and `finish` returns a list of buffers in
 * which they lie between the small fields. No error but `UnencodableMessageError` leaves this class. The generated
 * writers (compile-writer.ts) call these methods and nothing else.
 */
import { UnencodableMessageError, type UnencodableReason } from './errors.js'
import type { UnknownTaggedField } from './fields.js'
import { MAX_STRING_BYTES } from './reader.js'
import { ScratchBuffer } from './scratch-buffer.js'

const MAX_BYTES = 0x7fffffff
const TWO_TO_63 = 2 ** 63
const NO_TAGS: readonly UnknownTaggedField[] = []

/** Buffers that belong at a position of the scratch buffer. */
interface Insertion {
  readonly at: number
  readonly buffers: readonly Buffer[]
}

export class Writer {
  readonly #scratch = new ScratchBuffer()
  #what = ''
  #insertions: Insertion[] = []
  #insertedBytes = 0

  /** Starts a message; what an earlier one left behind after an error is dropped. `what` names it in errors. */
  begin(what: string): void {
    this.#scratch.clear()
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
    const small = this.#scratch.content()
    if (this.#insertions.length === 0) return [small]
    const parts: Buffer[] = []
    let from = 0
    for (const { at, buffers } of this.#insertions) {
      if (at > from) parts.push(small.subarray(from, at))
      parts.push(...buffers)
      from = at
    }
    if (small.length > from) parts.push(small.subarray(from))
    this.#insertions = []
    return parts
  }

  /** Like `finish`, for a message that began with an int32 in place of its length, which is filled in. */
  finishFrame(): Buffer[] {
    const length = this.#scratch.position + this.#insertedBytes - 4
    if (length > MAX_BYTES) this.fail('too-long', 'frame')
    this.#scratch.fillInt32(0, length)
    return this.finish()
  }

  fail(reason: UnencodableReason, field: string): never {
    throw new UnencodableMessageError(this.#what, reason, field)
  }

  int8(value: number, field: string): void {
    if ((value << 24) >> 24 !== value) this.#failNumber(value, field)
    this.#scratch.int8(value)
  }

  bool(value: boolean, field: string): void {
    if (typeof value !== 'boolean') this.fail('wrong-type', field)
    this.#scratch.int8(value ? 1 : 0)
  }

  int16(value: number, field: string): void {
    if ((value << 16) >> 16 !== value) this.#failNumber(value, field)
    this.#scratch.int16(value)
  }

  uint16(value: number, field: string): void {
    if ((value & 0xffff) !== value) this.#failNumber(value, field)
    this.#scratch.int16(value)
  }

  int32(value: number, field: string): void {
    if ((value | 0) !== value) this.#failNumber(value, field)
    this.#scratch.int32(value)
  }

  uint32(value: number, field: string): void {
    if (value >>> 0 !== value) this.#failNumber(value, field)
    this.#scratch.int32(value)
  }

  int64(value: number, field: string): void {
    if (!Number.isSafeInteger(value)) this.#failNumber(value, field)
    this.#scratch.int64(value)
  }

  wideInt64(value: number, field: string): void {
    if (!Number.isInteger(value) || value > TWO_TO_63 || value < -TWO_TO_63) this.#failNumber(value, field)
    if (value === TWO_TO_63) {
      this.#scratch.int32(0x7fffffff)
      this.#scratch.int32(-1)
    } else {
      this.#scratch.int64(value)
    }
  }

  float64(value: number, field: string): void {
    if (typeof value !== 'number') this.fail('wrong-type', field)
    this.#scratch.float64(value)
  }

  uuid(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    if (value.length !== 22 || this.#scratch.base64url(value, 16) !== 16) this.fail('out-of-range', field)
  }

  uvarint(value: number): void {
    this.#scratch.uvarint(value)
  }

  string(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    const lengthAt = this.#scratch.reserve(2)
    const length = this.#scratch.utf8(value)
    if (length > MAX_STRING_BYTES) this.fail('too-long', field)
    this.#scratch.fillInt16(lengthAt, length)
  }

  nullableString(value: string | null, field: string): void {
    if (value === null) this.#scratch.int16(-1)
    else this.string(value, field)
  }

  compactString(value: string, field: string): void {
    if (typeof value !== 'string') this.#failMissing(value, field)
    // The length comes first and takes one byte in most cases; where it takes more, the string is moved.
    const lengthAt = this.#scratch.reserve(1)
    const length = this.#scratch.utf8(value)
    if (length > MAX_STRING_BYTES) this.fail('too-long', field)
    this.#scratch.fillUvarint(lengthAt, length + 1)
  }

  compactNullableString(value: string | null, field: string): void {
    if (value === null) this.#scratch.uvarint(0)
    else this.compactString(value, field)
  }

  bytes(value: Buffer, field: string): void {
    if (!Buffer.isBuffer(value)) this.#failMissing(value, field)
    this.#scratch.int32(value.length)
    this.#scratch.copy(value)
  }

  nullableBytes(value: Buffer | null, field: string): void {
    if (value === null) this.#scratch.int32(-1)
    else this.bytes(value, field)
  }

  compactBytes(value: Buffer, field: string): void {
    if (!Buffer.isBuffer(value)) this.#failMissing(value, field)
    this.#scratch.uvarint(value.length + 1)
    this.#scratch.copy(value)
  }

  compactNullableBytes(value: Buffer | null, field: string): void {
    if (value === null) this.#scratch.uvarint(0)
    else this.compactBytes(value, field)
  }

  records(value: Buffer | readonly Buffer[], field: string): void {
    const buffers = this.#recordBuffers(value, field)
    this.#scratch.int32(totalBytes(buffers))
    this.#insert(buffers)
  }

  nullableRecords(value: Buffer | readonly Buffer[] | null, field: string): void {
    if (value === null) this.#scratch.int32(-1)
    else this.records(value, field)
  }

  compactRecords(value: Buffer | readonly Buffer[], field: string): void {
    const buffers = this.#recordBuffers(value, field)
    this.#scratch.uvarint(totalBytes(buffers) + 1)
    this.#insert(buffers)
  }

  compactNullableRecords(value: Buffer | readonly Buffer[] | null, field: string): void {
    if (value === null) this.#scratch.uvarint(0)
    else this.compactRecords(value, field)
  }

  arrayLength(value: readonly unknown[], field: string): void {
    if (!Array.isArray(value)) this.#failMissing(value, field)
    this.#scratch.int32(value.length)
  }

  nullableArrayLength(value: readonly unknown[] | null, field: string): void {
    if (value === null) this.#scratch.int32(-1)
    else this.arrayLength(value, field)
  }

  compactArrayLength(value: readonly unknown[], field: string): void {
    if (!Array.isArray(value)) this.#failMissing(value, field)
    this.#scratch.uvarint(value.length + 1)
  }

  compactNullableArrayLength(value: readonly unknown[] | null, field: string): void {
    if (value === null) this.#scratch.uvarint(0)
    else this.compactArrayLength(value, field)
  }

  /** Checks that a struct is there. */
  structValue(value: unknown, field: string): void {
    if (typeof value !== 'object' || value === null) this.#failMissing(value, field)
  }

  /** The byte before a nullable struct. */
  structPresent(present: boolean): void {
    this.#scratch.int8(present ? 1 : -1)
  }

  /** Writes the tag and leaves room for the size; returns where the content starts, for `endTag`. */
  beginTag(tag: number): number {
    this.#scratch.uvarint(tag)
    return this.#scratch.reserve(1) + 1
  }

  /** Fills in the size of the tagged field whose content started at `start`. */
  endTag(start: number): void {
    this.#scratch.fillUvarint(start - 1, this.#scratch.position - start)
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
      this.#scratch.uvarint(tag)
      this.#scratch.uvarint(data.length)
      this.#scratch.copy(data)
    }
    return index
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
    this.#insertions.push({ at: this.#scratch.position, buffers })
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
