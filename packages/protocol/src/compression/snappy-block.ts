/**
 * Raw snappy blocks: what is inside Kafka's snappy framing.
 *
 * A block is the uncompressed length (varint), then elements: a literal, or a copy from up to 65,535 (here 32,767)
 * bytes back. Decoding never writes outside its output nor reads outside its input, and allocates nothing until the
 * length has been checked. Source: google/snappy, format_description.txt.
 */
import { corrupt, tooLarge } from '../records/record-batch-error.js'

/** Most bytes that {@link compressBlock} takes, so that positions fit 16 bits. */
export const BLOCK_BYTES_MAX = 32 * 1024

const HASH_BITS = 14
const MIN_MATCH = 4
/** Near the end of a block nothing is searched: 4 bytes are read at once, and short matches gain nothing. */
const TAIL_BYTES = 15

/** Kinds of element, in the lowest two bits of the tag; 3 is a copy with a distance of four bytes. */
const LITERAL = 0
const COPY_NEAR = 1
const COPY_FAR = 2
/** Longer literals have their length in one to four bytes after the tag. */
const LITERAL_INLINE_MAX = 60
/** Up to this many bytes, a loop is faster than a call to copy them. */
const COPY_LOOP_MAX = 32

/** The densest element, a copy of 64 bytes in 3, bounds what a block can honestly say that it expands to. */
const EXPANSION_MAX = 64 / 3

const positions = new Uint16Array(1 << HASH_BITS)

/** The longest output of {@link compressBlock} for that many bytes. */
export function maxCompressedLength(bytes: number): number {
  return 32 + bytes + Math.floor(bytes / 6)
}

/** Compresses at most {@link BLOCK_BYTES_MAX} bytes of `input` into `output` at `at`; returns the position after it. */
export function compressBlock(input: Buffer, start: number, end: number, output: Buffer, at: number): number {
  let out = writeLength(output, at, end - start)
  let literalStart = start
  let next = start + 1
  const searchEnd = end - TAIL_BYTES
  let misses = 32
  if (searchEnd > start) positions.fill(0)
  while (next < searchEnd) {
    const word = input.readInt32LE(next)
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS)
    const candidate = start + positions[slot]!
    positions[slot] = next - start
    if (input.readInt32LE(candidate) !== word) {
      // The longer nothing matches, the larger the steps: incompressible data is passed over quickly.
      next += misses++ >> 5
      continue
    }
    misses = 32
    let matched = MIN_MATCH
    while (next + matched < end && input[candidate + matched] === input[next + matched]) matched++
    if (literalStart < next) out = writeLiteral(input, literalStart, next, output, out)
    out = writeCopy(output, out, next - candidate, matched)
    next += matched
    literalStart = next
  }
  return literalStart < end ? writeLiteral(input, literalStart, end, output, out) : out
}

/**
 * The length that the block says it expands to, checked against the limit and against what its size can hold.
 * Throws a `RecordBatchError`.
 */
export function uncompressedLength(input: Buffer, start: number, end: number, maxOutputBytes: number): number {
  let length = 0
  for (let i = 0, at = start; ; i++, at++) {
    if (at >= end || i > 4) throw corrupt('A snappy block has no valid length')
    const byte = input[at]!
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) break
  }
  if (length > (end - start) * EXPANSION_MAX) throw corrupt('A snappy block is too short for its length')
  if (length > maxOutputBytes) throw tooLarge(maxOutputBytes)
  return length
}

/** Expands a block into `output` at `at`, filling exactly `length` bytes. Throws a `RecordBatchError`. */
export function decompressBlock(
  input: Buffer,
  start: number,
  end: number,
  output: Buffer,
  outputAt: number,
  length: number,
): void {
  const outputEnd = outputAt + length
  let out = outputAt
  let at = skipLength(input, start)
  while (at < end) {
    const tag = input[at++]!
    const kind = tag & 3
    let count = (tag >>> 2) + 1
    if (kind === LITERAL) {
      if (count > LITERAL_INLINE_MAX) {
        const lengthBytes = count - LITERAL_INLINE_MAX
        if (at + lengthBytes > end) throw corrupt('A snappy literal is cut short')
        count = input.readUIntLE(at, lengthBytes) + 1
        at += lengthBytes
      }
      if (count > end - at || count > outputEnd - out) throw corrupt('A snappy literal is out of bounds')
      if (count > COPY_LOOP_MAX) input.copy(output, out, at, at + count)
      else for (let i = 0; i < count; i++) output[out + i] = input[at + i]!
      at += count
      out += count
      continue
    }
    let distance: number
    if (kind === COPY_NEAR) {
      if (at >= end) throw corrupt('A snappy copy is cut short')
      count = ((tag >>> 2) & 7) + 4
      distance = ((tag >>> 5) << 8) | input[at++]!
    } else {
      const distanceBytes = kind === COPY_FAR ? 2 : 4
      if (at + distanceBytes > end) throw corrupt('A snappy copy is cut short')
      distance = input[at]! | (input[at + 1]! << 8)
      if (distanceBytes === 4) distance = input.readUInt32LE(at)
      at += distanceBytes
    }
    if (distance === 0 || distance > out - outputAt || count > outputEnd - out) {
      throw corrupt('A snappy copy is out of bounds')
    }
    // Byte by byte, because source and target may overlap: that is how runs are written.
    for (const copyEnd = out + count; out < copyEnd; out++) output[out] = output[out - distance]!
  }
  if (out !== outputEnd) throw corrupt('A snappy block is shorter than its length')
}

function skipLength(input: Buffer, start: number): number {
  let at = start
  while (input[at]! >= 0x80) at++
  return at + 1
}

function writeLength(output: Buffer, start: number, length: number): number {
  let at = start
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) output[at++] = (rest & 0x7f) | 0x80
  output[at++] = rest
  return at
}

function writeLiteral(input: Buffer, start: number, end: number, output: Buffer, outputAt: number): number {
  const extra = end - start - 1
  let at = outputAt
  if (extra < LITERAL_INLINE_MAX) {
    output[at++] = extra << 2
  } else if (extra < 0x100) {
    output[at++] = LITERAL_INLINE_MAX << 2
    output[at++] = extra
  } else {
    output[at++] = (LITERAL_INLINE_MAX + 1) << 2
    output[at++] = extra & 0xff
    output[at++] = extra >>> 8
  }
  if (extra >= COPY_LOOP_MAX) input.copy(output, at, start, end)
  else for (let i = 0; i <= extra; i++) output[at + i] = input[start + i]!
  return at + extra + 1
}

function writeCopy(output: Buffer, outputAt: number, distance: number, length: number): number {
  let at = outputAt
  let rest = length
  // Never leave less than 4: the short form cannot say it, and the long one would cost as much as a literal.
  while (rest >= 68) {
    at = writeLongCopy(output, at, distance, 64)
    rest -= 64
  }
  if (rest > 64) {
    at = writeLongCopy(output, at, distance, 60)
    rest -= 60
  }
  if (rest >= 12 || distance >= 2048) return writeLongCopy(output, at, distance, rest)
  output[at++] = COPY_NEAR | ((rest - 4) << 2) | ((distance >>> 8) << 5)
  output[at++] = distance & 0xff
  return at
}

function writeLongCopy(output: Buffer, at: number, distance: number, length: number): number {
  output[at] = COPY_FAR | ((length - 1) << 2)
  output[at + 1] = distance & 0xff
  output[at + 2] = distance >>> 8
  return at + 3
}
