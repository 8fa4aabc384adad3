import { decodeProducerSnapshot } from '@millrace/log'
import { crc32c } from '@millrace/protocol'
import { contentOf } from './dump-indexes.js'
import type { Fact } from './facts.js'

/** The facts of a `.snapshot` file. What is wrong with it is told to `complain`. Errors: ToolError. */
export function* dumpProducers(path: string, complain: (line: string) => void): Generator<Fact, void> {
  const bytes = contentOf(path)
  const entries = decodeProducerSnapshot(bytes)
  if (entries === undefined) {
    complain(damage(bytes))
    return
  }
  for (const {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    currentTxnFirstOffset,
    lastTimestamp,
    batches,
  } of entries) {
    const producer = { producerId, producerEpoch, coordinatorEpoch, currentTxnFirstOffset, lastTimestamp }
    const last = batches.at(-1)
    if (last === undefined) {
      yield { kind: 'producer', ...producer }
      continue
    }
    const { lastSequence, lastOffset, offsetDelta, timestamp } = last
    const firstSequence = lastSequence < offsetDelta ? 2 ** 31 - offsetDelta + lastSequence : lastSequence - offsetDelta
    yield {
      kind: 'producer',
      ...producer,
      lastBatch: { firstSequence, lastSequence, lastOffset, offsetDelta, timestamp },
    }
  }
}

function damage(bytes: Buffer): string {
  if (bytes.length < 10) return 'Snapshot failed schema validation: it is too short'
  const version = bytes.readInt16BE(0)
  if (version !== 1) return `Snapshot contained an unknown file version ${version}`
  const stored = bytes.readUInt32BE(2)
  const computed = crc32c(bytes, 6, bytes.length)
  if (stored !== computed) {
    return `Snapshot is corrupt (CRC is no longer valid). Stored crc: ${stored}. Computed crc: ${computed}`
  }
  return 'Snapshot failed schema validation: its size does not fit its count of producers'
}
