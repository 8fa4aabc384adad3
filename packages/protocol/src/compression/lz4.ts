/**
 * LZ4 as Kafka uses it: the LZ4 frame format, version 1.
 *
 *     frame   04 22 4d 18  FLG  BD  [content size 8]  [dictionary id 4]  header checksum
 *             blocks: length uint32 (highest bit: stored), data, [checksum 4];  length 0;  [content checksum 4]
 *
 * Written as Java's client writes it and insists on: independent blocks of 64 KiB, no checksums but the header's.
 * Read: every frame that needs no dictionary, linked blocks included, all checksums verified.
 * Source: lz4_Frame_format.md, Kafka's Lz4BlockOutputStream.
 */
import { xxhash32 } from '../hash/xxhash32.js'
import { loadOptional } from '../native/load-optional.js'
import { corrupt, tooLarge } from '../records/record-batch-error.js'
import { type Codec, type CodecVariant, gather } from './codec.js'
import { BLOCK_BYTES_MAX, compressBlock, decompressBlock, maxCompressedLength } from './lz4-block.js'

const FRAME_MAGIC = 0x184d2204
const SKIPPABLE_MAGIC = 0x184d2a50
const STORED_FLAG = 0x8000_0000

const FLG_VERSION = 0x40
const FLG_VERSION_MASK = 0xc0
const FLG_INDEPENDENT = 0x20
const FLG_BLOCK_CHECKSUM = 0x10
const FLG_CONTENT_SIZE = 0x08
const FLG_CONTENT_CHECKSUM = 0x04
const FLG_RESERVED = 0x02
const FLG_DICTIONARY = 0x01
/** Block size 4, which is 64 KiB. */
const BD_64_KIB = 0x40

/** The longest match in the fewest bytes: bounds what a block can expand to. */
const EXPANSION_MAX = 255

const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, FLG_VERSION | FLG_INDEPENDENT, BD_64_KIB, 0])
HEADER[6] = headerChecksum(HEADER, 4, 6)

interface Frame {
  readonly flags: number
  readonly blockBytesMax: number
  /** From the header, or −1. */
  readonly contentSize: number
  /** Position of the first block. */
  readonly start: number
}

interface Output {
  readonly buffer: Buffer
  filled: number
  /** Whether the limit made the buffer smaller than what the blocks can fill. */
  readonly isCapped: boolean
}

/** How raw blocks are compressed and expanded; see lz4-block.ts for the meaning of both. */
interface BlockPort {
  readonly variant: CodecVariant
  readonly compress: typeof compressBlock
  readonly decompress: typeof decompressBlock
}

const portableBlocks: BlockPort = { variant: 'portable', compress: compressBlock, decompress: decompressBlock }

/** Works on raw blocks with the expanded length before them, little-endian. */
interface NativeLz4 {
  compressSync(input: Buffer): Buffer
  uncompressSync(input: Buffer): Buffer
}

const LENGTH_PREFIX_BYTES = 4

function nativeBlocks(native: NativeLz4): BlockPort {
  return {
    variant: 'native',
    compress(input, start, end, output, at) {
      return at + native.compressSync(input.subarray(start, end)).copy(output, at, LENGTH_PREFIX_BYTES)
    },
    decompress(input, start, end, output, bounds) {
      // The package knows no window before the block, and does not tell broken blocks from large ones.
      if (bounds.windowStart < bounds.outputAt) return decompressBlock(input, start, end, output, bounds)
      const prefixed = Buffer.allocUnsafe(LENGTH_PREFIX_BYTES + end - start)
      prefixed.writeUInt32LE(bounds.outputEnd - bounds.outputAt, 0)
      input.copy(prefixed, LENGTH_PREFIX_BYTES, start, end)
      try {
        const expanded = native.uncompressSync(prefixed)
        if (expanded.length > bounds.outputEnd - bounds.outputAt) return -1
        return bounds.outputAt + expanded.copy(output, bounds.outputAt)
      } catch {
        return decompressBlock(input, start, end, output, bounds)
      }
    },
  }
}

/** LZ4 in JavaScript. Levels are ignored: it is always the fast compressor. */
export const portableLz4Codec: Codec = lz4Codec(portableBlocks)

/** LZ4 by the optional package `lz4-napi`, or `undefined` where that does not load. */
export function loadNativeLz4Codec(): Codec | undefined {
  const native = loadOptional('lz4-napi') as NativeLz4 | undefined
  return native === undefined ? undefined : lz4Codec(nativeBlocks(native))
}

function lz4Codec(blocks: BlockPort): Codec {
  return {
    type: 'lz4',
    variant: blocks.variant,

    compress(input) {
      const data = gather(input)
      const blockCount = Math.ceil(data.length / BLOCK_BYTES_MAX)
      const output = Buffer.allocUnsafe(HEADER.length + maxCompressedLength(data.length) + blockCount * 20 + 4)
      HEADER.copy(output)
      let at = HEADER.length
      for (let start = 0; start < data.length; start += BLOCK_BYTES_MAX) {
        at = writeBlock(blocks, data, start, Math.min(start + BLOCK_BYTES_MAX, data.length), output, at)
      }
      output.writeUInt32LE(0, at)
      return output.subarray(0, at + 4)
    },

    decompress(input, maxOutputBytes) {
      const parts: Buffer[] = []
      let outputBytes = 0
      let at = 0
      do {
        const skipped = skipFrame(input, at)
        if (skipped > at) {
          at = skipped
          continue
        }
        const frame = readHeader(input, at)
        const output = allocateOutput(input, frame, maxOutputBytes - outputBytes)
        at = readBlocks(blocks, input, frame, output)
        parts.push(output.buffer.subarray(0, output.filled))
        outputBytes += output.filled
      } while (at < input.length)
      return gather(parts)
    },
  }
}

function writeBlock(blocks: BlockPort, data: Buffer, start: number, end: number, output: Buffer, at: number): number {
  const blockEnd = blocks.compress(data, start, end, output, at + 4)
  const compressedBytes = blockEnd - at - 4
  if (compressedBytes < end - start) {
    output.writeUInt32LE(compressedBytes, at)
    return blockEnd
  }
  output.writeUInt32LE((STORED_FLAG | (end - start)) >>> 0, at)
  data.copy(output, at + 4, start, end)
  return at + 4 + end - start
}

function headerChecksum(buffer: Buffer, start: number, end: number): number {
  return (xxhash32(buffer, start, end) >>> 8) & 0xff
}

/**
 * A frame of message format 0 as it should be: Kafka's clients took the magic number into the header's checksum then
 * (KAFKA-3160). Any other frame as it is.
 */
export function withRightHeaderChecksum(frame: Buffer): Buffer {
  const checksumAt = ((frame[4] ?? 0) & FLG_CONTENT_SIZE) !== 0 ? 14 : 6
  if (checksumAt >= frame.length || frame[checksumAt] !== headerChecksum(frame, 0, checksumAt)) return frame
  const copy = Buffer.from(frame)
  copy[checksumAt] = headerChecksum(frame, 4, checksumAt)
  return copy
}

/** The position after a skippable frame, or `at` if there is none. */
function skipFrame(input: Buffer, at: number): number {
  if (input.length - at < 8 || (input.readUInt32LE(at) & 0xfffffff0) >>> 0 !== SKIPPABLE_MAGIC) return at
  const length = input.readUInt32LE(at + 4)
  if (length > input.length - at - 8) throw corrupt('A skippable LZ4 frame is cut short')
  return at + 8 + length
}

function readHeader(input: Buffer, at: number): Frame {
  if (input.length - at < 7 || input.readUInt32LE(at) !== FRAME_MAGIC) throw corrupt('This is not an LZ4 frame')
  const flags = input[at + 4]!
  const blockDescriptor = input[at + 5]!
  if ((flags & (FLG_VERSION_MASK | FLG_RESERVED)) !== FLG_VERSION) throw corrupt('The LZ4 frame has unknown flags')
  if ((flags & FLG_DICTIONARY) !== 0) throw corrupt('The LZ4 frame needs a dictionary')
  if ((blockDescriptor & 0x8f) !== 0 || blockDescriptor < BD_64_KIB) throw corrupt('The LZ4 frame has no block size')
  const hasContentSize = (flags & FLG_CONTENT_SIZE) !== 0
  const checksumAt = at + (hasContentSize ? 14 : 6)
  if (checksumAt >= input.length) throw corrupt('The LZ4 header is cut short')
  if (input[checksumAt] !== headerChecksum(input, at + 4, checksumAt)) throw corrupt('The LZ4 header is corrupt')
  return {
    flags,
    blockBytesMax: 1 << (2 * (blockDescriptor >>> 4) + 8),
    contentSize: hasContentSize ? input.readUInt32LE(at + 10) * 2 ** 32 + input.readUInt32LE(at + 6) : -1,
    start: checksumAt + 1,
  }
}

/** Allocates no more than the blocks can fill, nor more than the limit. */
function allocateOutput(input: Buffer, frame: Frame, maxOutputBytes: number): Output {
  if (frame.contentSize > maxOutputBytes) throw tooLarge(maxOutputBytes)
  let bound = 0
  for (let at = frame.start; at + 4 <= input.length; ) {
    const word = input.readUInt32LE(at)
    if (word === 0) break
    const length = (word & ~STORED_FLAG) >>> 0
    bound += word >= STORED_FLAG ? length : Math.min(length * EXPANSION_MAX, frame.blockBytesMax)
    at += 4 + length + ((frame.flags & FLG_BLOCK_CHECKSUM) === 0 ? 0 : 4)
  }
  if (frame.contentSize > bound) throw corrupt('The LZ4 frame is too short for its content size')
  return { buffer: Buffer.allocUnsafe(Math.min(bound, maxOutputBytes)), filled: 0, isCapped: bound > maxOutputBytes }
}

/** Expands all blocks, returns the position after the frame. */
function readBlocks(blocks: BlockPort, input: Buffer, frame: Frame, output: Output): number {
  let at = frame.start
  for (;;) {
    if (at + 4 > input.length) throw corrupt('The LZ4 frame is cut short')
    const word = input.readUInt32LE(at)
    at += 4
    if (word === 0) break
    const end = at + ((word & ~STORED_FLAG) >>> 0)
    if (end - at > frame.blockBytesMax || end > input.length) throw corrupt('An LZ4 block is too long')
    readBlock(blocks, input.subarray(at, end), frame, output, word >= STORED_FLAG)
    const hasChecksum = (frame.flags & FLG_BLOCK_CHECKSUM) !== 0
    at = hasChecksum ? verifyChecksum(input, end, xxhash32(input, at, end)) : end
  }
  if ((frame.flags & FLG_CONTENT_CHECKSUM) !== 0) {
    at = verifyChecksum(input, at, xxhash32(output.buffer, 0, output.filled))
  }
  if (frame.contentSize >= 0 && output.filled !== frame.contentSize) throw corrupt('The LZ4 frame lacks content')
  return at
}

function readBlock(blocks: BlockPort, block: Buffer, frame: Frame, output: Output, stored: boolean): void {
  const { buffer, filled } = output
  const outputEnd = Math.min(buffer.length, filled + frame.blockBytesMax)
  let blockEnd: number
  if (stored) {
    blockEnd = block.length > outputEnd - filled ? -1 : filled + block.copy(buffer, filled)
  } else {
    const windowStart = (frame.flags & FLG_INDEPENDENT) === 0 ? 0 : filled
    blockEnd = blocks.decompress(block, 0, block.length, buffer, { windowStart, outputAt: filled, outputEnd })
  }
  if (blockEnd < 0) {
    const reachedLimit = output.isCapped && outputEnd === buffer.length
    throw reachedLimit ? tooLarge(buffer.length) : corrupt('An LZ4 block is larger than the frame allows')
  }
  output.filled = blockEnd
}

function verifyChecksum(input: Buffer, at: number, computed: number): number {
  if (at + 4 > input.length) throw corrupt('The LZ4 frame is cut short')
  if (input.readUInt32LE(at) !== computed) throw corrupt('An LZ4 checksum does not match')
  return at + 4
}
