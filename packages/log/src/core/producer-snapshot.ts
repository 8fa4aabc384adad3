/**
 * The `.snapshot` file: what is known of the producers before an offset, which is the file's name.
 *
 *     version (1) int16 | CRC-32C of what follows uint32 | count int32 | entries of 46 bytes
 *     entry: producer id int64 | epoch int16 | last sequence int32 | last offset int64 | offset delta int32
 *            | timestamp int64 | coordinator epoch int32 | first offset of the open transaction int64
 *
 * Of the remembered batches only the last is kept. Source: Kafka's ProducerStateManager and ProducerSnapshot.json.
 */
import { crc32c, readInt64, writeInt64 } from '@millrace/protocol'
import { lastSequenceOf, type ProducerEntry } from './producer-entry.js'

const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const ENTRIES_AT = 10
const ENTRY_BYTES = 46

/** The file's bytes. */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const list = [...entries]
  const bytes = Buffer.alloc(ENTRIES_AT + list.length * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(list.length, COUNT_AT)
  let at = ENTRIES_AT
  for (const entry of list) {
    const last = entry.batches.at(-1)
    writeInt64(bytes, at, entry.producerId)
    bytes.writeInt16BE(entry.producerEpoch, at + 8)
    bytes.writeInt32BE(lastSequenceOf(entry), at + 10)
    writeInt64(bytes, at + 14, last?.lastOffset ?? -1)
    bytes.writeInt32BE(last?.offsetDelta ?? 0, at + 22)
    writeInt64(bytes, at + 26, entry.lastTimestamp)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    writeInt64(bytes, at + 38, entry.currentTxnFirstOffset)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT, bytes.length), CRC_AT)
  return bytes
}

/** The entries, or `undefined` if the file is damaged: an older snapshot, or the log itself, must serve. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined
  const count = bytes.readInt32BE(COUNT_AT)
  if (count < 0 || bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return undefined
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, COUNT_AT, bytes.length)) return undefined
  const entries: ProducerEntry[] = []
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_BYTES) {
    const lastOffset = readInt64(bytes, at + 14)
    const lastTimestamp = readInt64(bytes, at + 26)
    const last = {
      lastSequence: bytes.readInt32BE(at + 10),
      lastOffset,
      offsetDelta: bytes.readInt32BE(at + 22),
      timestamp: lastTimestamp,
    }
    entries.push({
      producerId: readInt64(bytes, at),
      producerEpoch: bytes.readInt16BE(at + 8),
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      lastTimestamp,
      currentTxnFirstOffset: readInt64(bytes, at + 38),
      batches: lastOffset >= 0 ? [last] : [],
    })
  }
  return entries
}
