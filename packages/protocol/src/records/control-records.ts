/** Control records: what a batch with the control bit holds instead of application data. Source: KIP-98, KIP-595. */
import { buildBatch } from './batch-builder.js'
import { invalid } from './record-batch-error.js'

/** What a control record says, by its number in the key. The later ones are of KRaft's metadata log. */
const CONTROL_TYPES = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'KRAFT_VOTERS',
] as const

/** What a control record says; `UNKNOWN` is a number that a later Kafka has given out. */
export type ControlRecordType = (typeof CONTROL_TYPES)[number] | 'UNKNOWN'

/** How a transaction ends. */
export type TransactionResult = 'ABORT' | 'COMMIT'

const CURRENT_VERSION = 0
const KEY_BYTES = 4
const VALUE_BYTES = 6

/** A transaction marker, as it is written to every partition of the transaction. */
export interface EndTransactionMarker {
  readonly result: TransactionResult
  readonly producerId: number
  readonly producerEpoch: number
  /** Fences markers of a coordinator that has been replaced. */
  readonly coordinatorEpoch: number
  /** In ms. */
  readonly timestamp: number
  /** Default 0. */
  readonly baseOffset?: number
  /** Default −1. */
  readonly leaderEpoch?: number
}

/** The control batch that ends a transaction in one partition. */
export function buildEndTransactionMarker(marker: EndTransactionMarker): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES)
  key.writeInt16BE(CURRENT_VERSION, 0)
  key.writeInt16BE(CONTROL_TYPES.indexOf(marker.result), 2)
  const value = Buffer.allocUnsafe(VALUE_BYTES)
  value.writeInt16BE(CURRENT_VERSION, 0)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  return buildBatch([{ key, value, timestamp: marker.timestamp }], {
    baseOffset: marker.baseOffset ?? 0,
    leaderEpoch: marker.leaderEpoch ?? -1,
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    transactional: true,
    control: true,
  })
}

/** What the control record with that key says. Throws INVALID_RECORD if it is no key of a control record. */
export function controlRecordType(key: Buffer | null): ControlRecordType {
  if (key === null || key.length < KEY_BYTES) throw invalid('A control record has no valid key')
  const version = key.readInt16BE(0)
  if (version < 0) throw invalid(`A control record cannot have version ${version}`)
  return CONTROL_TYPES[key.readInt16BE(2)] ?? 'UNKNOWN'
}

/** The coordinator epoch in the value of a COMMIT or ABORT. Throws INVALID_RECORD if there is none. */
export function coordinatorEpochOf(value: Buffer | null): number {
  if (value === null || value.length < VALUE_BYTES) throw invalid('A transaction marker has no valid value')
  const version = value.readInt16BE(0)
  if (version < 0) throw invalid(`A transaction marker cannot have version ${version}`)
  return value.readInt32BE(2)
}
