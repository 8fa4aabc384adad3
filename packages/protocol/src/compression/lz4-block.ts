/**
 * Raw LZ4 blocks: what is inside an LZ4 frame.
 *
 * A block is a run of sequences: a token (lengths of literals and match), literals, and a copy from up to 65,535
 * bytes back. Decoding never writes outside its output nor reads outside its input. Source: lz4_Block_format.md.
 */
import { corrupt } from '../records/record-batch-error.js'

/** Most bytes that {@link compressBlock} takes, so that positions fit 16 bits. */
export const BLOCK_BYTES_MAX = 64 * 1024

const MIN_MATCH = 4
/** The format wants the last 5 bytes to be literals, and the last match to start 12 bytes before the end. */
const LAST_LITERALS = 5
const MATCH_START_MARGIN = 12
const HASH_BITS = 14
const LENGTH_ESCAPE = 15
/** Up to this many bytes, a loop is faster than a call to copy them. */
const COPY_LOOP_MAX = 32

const positions = new Uint16Array(1 << HASH_BITS)

/** The longest output of {@link compressBlock} for that many bytes. */
export function maxCompressedLength(bytes: number): number {
  return bytes + Math.floor(bytes / 255) + 16
}

/** Compresses at most {@link BLOCK_BYTES_MAX} bytes of `input` into `output` at `at`; returns the position after it. */
export function compressBlock(input: Buffer, start: number, end: number, output: Buffer, at: number): number {
  let out = at
  let literalStart = start
  let next = start + 1
  const searchEnd = end - MATCH_START_MARGIN
  const matchEnd = end - LAST_LITERALS
  let misses = 64
  if (searchEnd > start) positions.fill(0)
  while (next < searchEnd) {
    const word = input.readInt32LE(next)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const candidate = start + positions[slot]!
    positions[slot] = next - start
    if (input.readInt32LE(candidate) !== word) {
      // The longer nothing matches, the larger the steps: incompressible data is passed over quickly.
      next += misses++ >> 6
      continue
    }
    misses = 64
    let matched = MIN_MATCH
    while (next + matched < matchEnd && input[candidate + matched] === input[next + matched]) matched++
    out = writeSequence(input, literalStart, next, output, out, next - candidate, matched)
    next += matched
    literalStart = next
  }
  return writeLiterals(input, literalStart, end, output, out, 0)
}

/**
 * Expands a block into `output` at `outputAt`, at most up to `outputEnd`; returns the position after it, or −1 if it
 * does not fit. Copies may reach back to `windowStart`: the block's own start, or earlier where blocks are linked.
 * Throws a `RecordBatchError` if the block is corrupt.
 */
export function decompressBlock(
  input: Buffer,
  start: number,
  end: number,
  output: Buffer,
  bounds: { readonly windowStart: number; readonly outputAt: number; readonly outputEnd: number },
): number {
  const { windowStart, outputAt, outputEnd } = bounds
  let out = outputAt
  let at = start
  while (at < end) {
    const token = input[at++]!
    let literals = token >>> 4
    if (literals === LENGTH_ESCAPE) {
      let byte = 255
      while (byte === 255 && at < end) literals += byte = input[at++]!
      if (byte === 255) throw corrupt('An LZ4 length is cut short')
    }
    if (literals > end - at) throw corrupt('LZ4 literals are cut short')
    if (literals > outputEnd - out) return -1
    if (literals > COPY_LOOP_MAX) input.copy(output, out, at, at + literals)
    else for (let i = 0; i < literals; i++) output[out + i] = input[at + i]!
    at += literals
    out += literals
    if (at === end) return out

    if (at + 2 > end) throw corrupt('An LZ4 match is cut short')
    const distance = input[at]! | (input[at + 1]! << 8)
    at += 2
    let matched = (token & 15) + MIN_MATCH
    if (matched === LENGTH_ESCAPE + MIN_MATCH) {
      let byte = 255
      while (byte === 255 && at < end) matched += byte = input[at++]!
      if (byte === 255) throw corrupt('An LZ4 length is cut short')
    }
    if (distance === 0 || distance > out - windowStart) throw corrupt('An LZ4 match is out of bounds')
    if (matched > outputEnd - out) return -1
    if (matched > COPY_LOOP_MAX && distance >= matched) {
      output.copyWithin(out, out - distance, out - distance + matched)
      out += matched
    } else {
      // Byte by byte, because source and target may overlap: that is how runs are written.
      for (const copyEnd = out + matched; out < copyEnd; out++) output[out] = output[out - distance]!
    }
  }
  throw corrupt('An LZ4 block does not end with literals')
}

function writeSequence(
  input: Buffer,
  literalStart: number,
  literalEnd: number,
  output: Buffer,
  at: number,
  distance: number,
  matched: number,
): number {
  const extra = matched - MIN_MATCH
  let out = writeLiterals(input, literalStart, literalEnd, output, at, Math.min(extra, LENGTH_ESCAPE))
  output[out++] = distance & 0xff
  output[out++] = distance >>> 8
  return extra >= LENGTH_ESCAPE ? writeLength(output, out, extra - LENGTH_ESCAPE) : out
}

function writeLiterals(
  input: Buffer,
  start: number,
  end: number,
  output: Buffer,
  at: number,
  matchNibble: number,
): number {
  const count = end - start
  let out = at
  output[out++] = (Math.min(count, LENGTH_ESCAPE) << 4) | matchNibble
  if (count >= LENGTH_ESCAPE) out = writeLength(output, out, count - LENGTH_ESCAPE)
  if (count > COPY_LOOP_MAX) input.copy(output, out, start, end)
  else for (let i = 0; i < count; i++) output[out + i] = input[start + i]!
  return out + count
}

function writeLength(output: Buffer, at: number, length: number): number {
  let out = at
  let rest = length
  for (; rest >= 255; rest -= 255) output[out++] = 255
  output[out++] = rest
  return out
}
