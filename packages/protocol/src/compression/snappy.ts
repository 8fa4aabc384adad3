/**
 * Snappy as Kafka uses it: raw blocks of 32 KiB inside the framing of snappy-java (“xerial”).
 *
 *     header   82 53 4e 41 50 50 59 00  version int32  lowest compatible version int32
 *     chunks   length int32, a raw block; a chunk may also be another header, where streams were joined
 *
 * Some clients (old Sarama, kafka-python with a switch) send one raw block without framing; Java reads that too.
 * Source: snappy-java's SnappyOutputStream and SnappyInputStream.
 */
import { loadOptional } from '../native/load-optional.js'
import { corrupt, tooLarge } from '../records/record-batch-error.js'
import { type Codec, type CodecVariant, gather } from './codec.js'
import {
  BLOCK_BYTES_MAX,
  compressBlock,
  decompressBlock,
  maxCompressedLength,
  uncompressedLength,
} from './snappy-block.js'

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** The beginning of the magic as a chunk length: no chunk is that long, the number is negative. */
const MAGIC_AS_LENGTH = MAGIC.readInt32BE(0)
const HEADER_BYTES = 16
const VERSION = 1

/** How raw blocks are compressed and expanded. */
interface BlockPort {
  readonly variant: CodecVariant
  /** Writes a block into `output` at `at`, returns the position after it. */
  compress(input: Buffer, start: number, end: number, output: Buffer, at: number): number
  /** Expands a block to exactly `length` bytes of `output` at `at`, or throws a `RecordBatchError`. */
  decompress(input: Buffer, start: number, end: number, output: Buffer, at: number, length: number): void
}

const portableBlocks: BlockPort = { variant: 'portable', compress: compressBlock, decompress: decompressBlock }

interface NativeSnappy {
  compressSync(input: Buffer): Buffer
  uncompressSync(input: Buffer, options: { readonly asBuffer: true }): Buffer
}

function nativeBlocks(native: NativeSnappy): BlockPort {
  return {
    variant: 'native',
    compress(input, start, end, output, at) {
      return at + native.compressSync(input.subarray(start, end)).copy(output, at)
    },
    decompress(input, start, end, output, at, length) {
      let expanded: Buffer
      try {
        expanded = native.uncompressSync(input.subarray(start, end), { asBuffer: true })
      } catch (error) {
        throw corrupt('A snappy block is corrupt', error)
      }
      if (expanded.length !== length) throw corrupt('A snappy block is shorter than its length')
      expanded.copy(output, at)
    },
  }
}

/** Snappy in JavaScript. */
export const portableSnappyCodec: Codec = snappyCodec(portableBlocks)

/** Snappy by the optional package `snappy`, or `undefined` where that does not load. */
export function loadNativeSnappyCodec(): Codec | undefined {
  const native = loadOptional('snappy') as NativeSnappy | undefined
  return native === undefined ? undefined : snappyCodec(nativeBlocks(native))
}

function snappyCodec(blocks: BlockPort): Codec {
  return {
    type: 'snappy',
    variant: blocks.variant,

    compress(input) {
      const data = gather(input)
      const blockCount = Math.ceil(data.length / BLOCK_BYTES_MAX)
      const output = Buffer.allocUnsafe(HEADER_BYTES + maxCompressedLength(data.length) + blockCount * 64)
      MAGIC.copy(output)
      output.writeInt32BE(VERSION, 8)
      output.writeInt32BE(VERSION, 12)
      let at = HEADER_BYTES
      for (let start = 0; start < data.length; start += BLOCK_BYTES_MAX) {
        const end = Math.min(start + BLOCK_BYTES_MAX, data.length)
        const blockEnd = blocks.compress(data, start, end, output, at + 4)
        output.writeInt32BE(blockEnd - at - 4, at)
        at = blockEnd
      }
      return output.subarray(0, at)
    },

    decompress(input, maxOutputBytes) {
      if (!isFramed(input)) {
        const length = uncompressedLength(input, 0, input.length, maxOutputBytes)
        const output = Buffer.allocUnsafe(length)
        blocks.decompress(input, 0, input.length, output, 0, length)
        return output
      }
      const output = Buffer.allocUnsafe(framedLength(input, maxOutputBytes))
      let filled = 0
      forEachChunk(input, (start, end) => {
        const length = uncompressedLength(input, start, end, output.length - filled)
        blocks.decompress(input, start, end, output, filled, length)
        filled += length
      })
      return output
    },
  }
}

function isFramed(input: Buffer): boolean {
  return input.length >= HEADER_BYTES && input.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) === 0
}

function framedLength(input: Buffer, maxOutputBytes: number): number {
  let total = 0
  forEachChunk(input, (start, end) => {
    total += uncompressedLength(input, start, end, maxOutputBytes)
    if (total > maxOutputBytes) throw tooLarge(maxOutputBytes)
  })
  return total
}

function forEachChunk(input: Buffer, visit: (start: number, end: number) => void): void {
  let at = 0
  while (at < input.length) {
    if (at + 4 > input.length) throw corrupt('A snappy chunk is cut short')
    const length = input.readInt32BE(at)
    if (length === MAGIC_AS_LENGTH) {
      at = skipHeader(input, at)
      continue
    }
    at += 4
    if (length <= 0 || length > input.length - at) throw corrupt(`A snappy chunk has an invalid length of ${length}`)
    visit(at, at + length)
    at += length
  }
}

function skipHeader(input: Buffer, at: number): number {
  if (!isFramed(input.subarray(at))) throw corrupt('A snappy header is cut short')
  const lowestVersion = input.readInt32BE(at + 12)
  if (lowestVersion > VERSION) throw corrupt(`Snappy framing of version ${lowestVersion} is not supported`)
  return at + HEADER_BYTES
}
