import { corrupt, tooLarge } from '../records/record-batch-error.js'

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_BYTES_MAX = 128 * 1024

const BLOCK_RLE = 1
const BLOCK_COMPRESSED = 2

interface FrameHeader {
  /** From the header, or −1. */
  readonly contentSize: number
  readonly blockBytesMax: number
  /** Position of the first block. */
  readonly start: number
  readonly hasChecksum: boolean
}

/** What {@link boundContent} finds. */
export interface ContentBound {
  /** Bytes to allocate: the content never needs more. */
  readonly bytes: number
  /** Whether the limit made this less than the blocks can fill, so that the content may turn out too large. */
  readonly isCapped: boolean
  /** Whether there is just one frame: several, or skippable ones, are legal but rare. */
  readonly isSingleFrame: boolean
}

/**
 * How many bytes the zstd frames in `input` expand to at most, from headers alone: frames that were written as a
 * stream do not say their size, but every block is bounded. Throws a `RecordBatchError` if a frame is cut short or
 * says that it is larger than `maxOutputBytes`. Source: RFC 8878, section 3.1.
 */
export function boundContent(input: Buffer, maxOutputBytes: number): ContentBound {
  let bound = 0
  let frameCount = 0
  let at = 0
  do {
    frameCount++
    const skipped = skipFrame(input, at)
    if (skipped > at) {
      at = skipped
      continue
    }
    const header = readHeader(input, at)
    const blocks = boundBlocks(input, header)
    if (header.contentSize > blocks.bytes) throw corrupt('A zstd frame is too short for its content size')
    bound += header.contentSize >= 0 ? header.contentSize : blocks.bytes
    if (header.contentSize > maxOutputBytes) throw tooLarge(maxOutputBytes)
    at = blocks.position
  } while (at < input.length)
  return { bytes: Math.min(bound, maxOutputBytes), isCapped: bound > maxOutputBytes, isSingleFrame: frameCount === 1 }
}

/** The position after a skippable frame, or `at` if there is none. */
function skipFrame(input: Buffer, at: number): number {
  if (input.length - at < 8 || (input.readUInt32LE(at) & 0xfffffff0) >>> 0 !== SKIPPABLE_MAGIC) return at
  const length = input.readUInt32LE(at + 4)
  if (length > input.length - at - 8) throw corrupt('A skippable zstd frame is cut short')
  return at + 8 + length
}

function readHeader(input: Buffer, frameAt: number): FrameHeader {
  if (input.length - frameAt < 6 || input.readUInt32LE(frameAt) !== FRAME_MAGIC)
    throw corrupt('This is not a zstd frame')
  const descriptor = input[frameAt + 4]!
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >>> 6
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag
  const windowAt = frameAt + 5
  const sizeAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryBytes
  const start = sizeAt + sizeBytes
  if (start > input.length) throw corrupt('A zstd frame header is cut short')

  const contentSize = sizeBytes === 0 ? -1 : readContentSize(input, sizeAt, sizeBytes)
  const windowBytes = isSingleSegment ? contentSize : windowSize(input[windowAt]!)
  return {
    contentSize,
    blockBytesMax: Math.min(windowBytes, BLOCK_BYTES_MAX),
    start,
    hasChecksum: (descriptor & 0x04) !== 0,
  }
}

function readContentSize(input: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return input.readUInt32LE(at + 4) * 2 ** 32 + input.readUInt32LE(at)
  return input.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0)
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

function boundBlocks(input: Buffer, header: FrameHeader): { readonly bytes: number; readonly position: number } {
  let bytes = 0
  let at = header.start
  let isLast = false
  while (!isLast) {
    if (at + 3 > input.length) throw corrupt('A zstd frame is cut short')
    const word = input.readUIntLE(at, 3)
    isLast = (word & 1) === 1
    const type = (word >>> 1) & 3
    const size = word >>> 3
    bytes += type === BLOCK_COMPRESSED ? header.blockBytesMax : size
    at += 3 + (type === BLOCK_RLE ? 1 : size)
  }
  if (header.hasChecksum) at += 4
  if (at > input.length) throw corrupt('A zstd frame is cut short')
  return { bytes, position: at }
}
