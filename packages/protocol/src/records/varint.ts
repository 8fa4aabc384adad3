/**
 * Zigzag varints, as the fields of records are written: int32 (`varint`) and int64 (`varlong`).
 *
 * A varlong is a number: exact as long as it is a safe integer, else rounded, and never wrapped. Reading is done by
 * {@link VarintReader}, whose position moves along, so that nothing is allocated per field.
 * Source: Kafka's ByteUtils.
 */
import { invalid } from './record-batch-error.js'

const TWO_TO_32 = 0x1_0000_0000

/** Bytes that {@link writeVarint} writes for an int32. */
export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : Math.ceil((32 - Math.clz32(zigzag)) / 7)
}

/** Bytes that {@link writeVarlong} writes for a safe integer. */
export function sizeOfVarlong(value: number): number {
  // The zigzag form of −n is 2n − 1, that of n is 2n; both may need a bit more than a double has.
  let rest = value < 0 ? -(value + 1) : value
  let size = 1
  for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes an int32, returns the position after it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let position = at
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) buffer[position++] = (rest & 0x7f) | 0x80
  buffer[position++] = rest
  return position
}

/** Writes a safe integer as an int64, returns the position after it. */
export function writeVarlong(buffer: Buffer, at: number, value: number): number {
  if (value === (value | 0)) return writeVarint(buffer, at, value)
  let position = at
  const isNegative = value < 0
  let rest = isNegative ? -(value + 1) : value
  // The lowest bit of the zigzag form is the sign: 6 bits of the value go into the first byte, 7 into the others.
  let byte = ((rest % 64) << 1) | Number(isNegative)
  for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) {
    buffer[position++] = byte | 0x80
    byte = rest % 128
  }
  buffer[position++] = byte
  return position
}

/** Reads varints from `buffer`, from `position` up to `end`. What is cut short or too long throws INVALID_RECORD. */
export class VarintReader {
  readonly buffer: Buffer
  /** Where the next byte is read. */
  position: number
  /** Where reading must stop. */
  end: number

  constructor(buffer: Buffer, position: number, end: number) {
    this.buffer = buffer
    this.position = position
    this.end = end
  }

  /** An int32. Like Kafka, ignores the bits of the fifth byte that do not fit. */
  readVarint(): number {
    const { buffer, end } = this
    let at = this.position
    if (at < end) {
      const first = buffer[at++]!
      if (first < 0x80) {
        this.position = at
        return (first >>> 1) ^ -(first & 1)
      }
      let raw = first & 0x7f
      for (let shift = 7; at < end && shift <= 28; shift += 7) {
        const byte = buffer[at++]!
        raw |= (byte & 0x7f) << shift
        if (byte < 0x80) {
          this.position = at
          return (raw >>> 1) ^ -(raw & 1)
        }
      }
    }
    throw invalid('A varint is cut short or too long')
  }

  /** An int64, rounded if it is not a safe integer. */
  readVarlong(): number {
    const { buffer, end } = this
    let at = this.position
    let low = 0
    // Four bytes have 28 bits, which an int32 holds: that is nearly every timestamp delta.
    for (let shift = 0; at < end && shift < 28; shift += 7) {
      const byte = buffer[at++]!
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.position = at
        return (low >>> 1) ^ -(low & 1)
      }
    }
    let high = 0
    for (let shift = 28; at < end && shift <= 63; shift += 7) {
      const byte = buffer[at++]!
      const bits = byte & 0x7f
      // The byte at shift 28 has bits of both halves.
      if (shift === 28) low |= bits << 28
      high |= shift === 28 ? bits >>> 4 : bits << (shift - 32)
      if (byte < 0x80) {
        this.position = at
        return unzigzag(low, high)
      }
    }
    throw invalid('A varlong is cut short or too long')
  }
}

/** The number whose zigzag form has these halves. */
function unzigzag(low: number, high: number): number {
  const mask = -(low & 1)
  const unsignedLow = (((low >>> 1) | (high << 31)) ^ mask) >>> 0
  return ((high >>> 1) ^ mask) * TWO_TO_32 + unsignedLow
}
