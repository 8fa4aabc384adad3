import assert from 'node:assert/strict'
import { seededRandom } from '../testing/test-data.js'
import { buildBatch, type RecordInput } from './batch-builder.js'
import { isCrcValid, setProducerState } from './batch-header.js'
import { listBatches } from './batch-list.js'
import { RecordBatchError } from './record-batch-error.js'
import { readRecords } from './record-reader.js'
import { validateBatch } from './validate-batch.js'

const MAX_DECOMPRESSED_BYTES = 1024 * 1024

/** What happened to the damaged batches: a fuzz in which nothing gets through, or everything, tests nothing. */
export interface FuzzCounts {
  readonly read: number
  readonly refused: number
}

/** How the fuzz runs: its seed determines everything. */
export interface FuzzOptions {
  readonly seed: number
  readonly iterations: number
  /** Replaced by a test that makes sure that findings are found. */
  readonly read?: (batch: Buffer) => boolean
}

/**
 * Damages batches of every codec, in half of the iterations with a checksum that is right again, and validates and
 * reads them. Anything but a `RecordBatchError` fails, with seed, iteration and bytes in its message.
 */
export function fuzzRecordBatches(options: FuzzOptions): FuzzCounts {
  const { seed, iterations, read: readBatch = readsAll } = options
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const corpus = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((compression) =>
    [1, 3, 40].map((count) => buildBatch(someRecords(count), { compression })),
  )
  let read = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    const damaged = damage(corpus[below(corpus.length)]!, below)
    try {
      if (readBatch(damaged)) read++
    } catch (error) {
      const where = `seed ${seed}, iteration ${iteration}, batch ${damaged.toString('base64')}`
      throw new Error(`${where}: ${String(error)}`, { cause: error })
    }
  }
  return { read, refused: iterations - read }
}

/** Lists, validates and reads; true if everything was taken for good. */
function readsAll(buffer: Buffer): boolean {
  const { positions, end } = listBatches(buffer)
  assert(end <= buffer.length)
  const validation = validateBatch(buffer, { nowMs: 0, deep: true, maxDecompressedBytes: MAX_DECOMPRESSED_BYTES })
  let count = 0
  try {
    for (const at of positions) {
      for (const record of readRecords(buffer, at, { maxDecompressedBytes: MAX_DECOMPRESSED_BYTES })) {
        assert(Number.isFinite(record.timestamp))
        count++
      }
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error
    assert.equal(validation.kind, 'invalid', 'what was validated can be read')
    return false
  }
  if (validation.kind === 'valid') assert.equal(count, validation.recordCount)
  return validation.kind === 'valid'
}

function damage(batch: Buffer, below: (limit: number) => number): Buffer {
  const damaged = Buffer.from(batch)
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(damaged.length)
    damaged[at] = below(2) === 0 ? below(256) : damaged[at]! ^ (1 << below(8))
  }
  const { positions } = listBatches(damaged)
  if (below(2) === 0 && positions.length > 0 && damaged[16] === 2 && !isCrcValid(damaged, 0)) {
    setProducerState(damaged, 0, { producerId: -1, producerEpoch: -1, baseSequence: -1 })
  }
  return below(8) === 0 ? damaged.subarray(0, below(damaged.length)) : damaged
}

function someRecords(count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => ({
    key: i % 3 === 0 ? null : Buffer.from(`key ${i}`),
    value: Buffer.from(`the value of record ${i}`),
    timestamp: 1_700_000_000_000 + i,
    headers: i % 2 === 0 ? [] : [{ key: 'header', value: i % 4 === 1 ? null : Buffer.from('x') }],
  }))
}
