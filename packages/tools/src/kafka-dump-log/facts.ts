/** What a dump shows, one fact after the other: what is printed, and what `--output json` gives. Pure. */
import type { AbortedTransaction } from '@millrace/log'
import { json } from '../command-line/output.js'

export interface BatchFact {
  readonly kind: 'batch'
  readonly baseOffset: number
  readonly lastOffset: number
  readonly count: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitionLeaderEpoch: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly deleteHorizonMs: number | null
  readonly position: number
  readonly timestampType: string
  readonly maxTimestamp: number
  readonly sizeInBytes: number
  readonly magic: number
  readonly compression: string
  readonly crc: number
  readonly isValid: boolean
}

/** A message of the formats before batches, alone or around compressed ones. */
export interface MessageFact
  extends Pick<
    BatchFact,
    | 'lastOffset'
    | 'position'
    | 'timestampType'
    | 'maxTimestamp'
    | 'sizeInBytes'
    | 'magic'
    | 'compression'
    | 'crc'
    | 'isValid'
  > {
  readonly kind: 'message'
}

export interface RecordFact {
  readonly kind: 'record'
  readonly offset: number
  readonly timestampType: string
  readonly timestamp: number
  readonly keySize: number
  readonly valueSize: number
  /** Undefined, like the headers: a message of the formats before batches. */
  readonly sequence?: number
  readonly headerKeys?: readonly string[]
  /** Of a message of the formats before batches. */
  readonly checksum?: { readonly crc: number; readonly isValid: boolean }
  /** What a control record says: `endTxnMarker: COMMIT coordinatorEpoch: 0`. */
  readonly control?: string
  readonly key?: string | undefined
  readonly payload?: string | undefined
}

export interface ProducerFact {
  readonly kind: 'producer'
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly currentTxnFirstOffset: number
  readonly lastTimestamp: number
  /** Its last batch; undefined: it has none in this epoch. */
  readonly lastBatch?: {
    readonly firstSequence: number
    readonly lastSequence: number
    readonly lastOffset: number
    readonly offsetDelta: number
    readonly timestamp: number
  }
}

export type Fact =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'log'; readonly startOffset: number }
  | { readonly kind: 'snapshot'; readonly endOffset: number; readonly epoch: number }
  | { readonly kind: 'bootstrap-snapshot' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'invalid-bytes'; readonly bytes: number; readonly name: string }
  | { readonly kind: 'empty-index'; readonly file: string }
  | { readonly kind: 'sane-index'; readonly file: string }
  | { readonly kind: 'offset-index-entry'; readonly offset: number; readonly position: number }
  | { readonly kind: 'time-index-entry'; readonly timestamp: number; readonly offset: number }
  | ({ readonly kind: 'aborted-transaction' } & AbortedTransaction)
  | BatchFact
  | MessageFact
  | RecordFact
  | ProducerFact

/** A document a fact. */
export function factJson(fact: Fact): string {
  return json(fact)
}

/** As Kafka's tool prints it. */
export function factText(
  fact: Fact,
  { skipRecordMetadata = false }: { readonly skipRecordMetadata?: boolean } = {},
): string {
  switch (fact.kind) {
    case 'file':
      return `Dumping ${fact.file}`
    case 'log':
      return `Log starting offset: ${fact.startOffset}`
    case 'snapshot':
      return `Snapshot end offset: ${fact.endOffset}, epoch: ${fact.epoch}`
    case 'bootstrap-snapshot':
      return 'KRaft bootstrap snapshot'
    case 'note':
      return fact.text
    case 'invalid-bytes':
      return `Found ${fact.bytes} invalid bytes at the end of ${fact.name}`
    case 'empty-index':
      return `${fact.file} is empty.`
    case 'sane-index':
      return `${fact.file} passed sanity check.`
    case 'offset-index-entry':
      return `offset: ${fact.offset} position: ${fact.position}`
    case 'time-index-entry':
      return `timestamp: ${fact.timestamp} offset: ${fact.offset}`
    case 'aborted-transaction':
      return abortedTransactionText(fact)
    case 'batch':
      return batchText(fact)
    case 'message':
      return `offset: ${fact.lastOffset}${placeText(fact)}`
    case 'record':
      return recordText(fact, skipRecordMetadata)
    case 'producer':
      return producerText(fact)
    default:
      return fact satisfies never
  }
}

function batchText(batch: BatchFact): string {
  const { deleteHorizonMs } = batch
  const horizon = deleteHorizonMs === null ? 'OptionalLong.empty' : `OptionalLong[${deleteHorizonMs}]`
  return (
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.count}` +
    ` baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence}` +
    ` producerId: ${batch.producerId} producerEpoch: ${batch.producerEpoch}` +
    ` partitionLeaderEpoch: ${batch.partitionLeaderEpoch} isTransactional: ${batch.isTransactional}` +
    ` isControl: ${batch.isControl} deleteHorizonMs: ${horizon}${placeText(batch)}`
  )
}

function placeText(batch: BatchFact | MessageFact): string {
  return (
    ` position: ${batch.position} ${batch.timestampType}: ${batch.maxTimestamp} size: ${batch.sizeInBytes}` +
    ` magic: ${batch.magic} compresscodec: ${batch.compression} crc: ${batch.crc} isvalid: ${batch.isValid}`
  )
}

function recordText(record: RecordFact, skipMetadata: boolean): string {
  const { checksum, control, key, payload, headerKeys = [] } = record
  const metadata = skipMetadata
    ? ''
    : `| offset: ${record.offset} ${record.timestampType}: ${record.timestamp}` +
      ` keySize: ${record.keySize} valueSize: ${record.valueSize}` +
      (record.sequence === undefined ? '' : ` sequence: ${record.sequence} headerKeys: [${headerKeys.join(',')}]`) +
      // The brace is Kafka's: scripts may know it.
      (checksum === undefined ? '' : ` isValid: ${checksum.isValid} crc: ${checksum.crc}}`) +
      (control === undefined ? '' : ` ${control}`)
  const keyText = key === undefined ? '' : `${skipMetadata ? '|' : ''} key: ${key}`
  return metadata + keyText + (payload === undefined ? '' : ` payload: ${payload}`)
}

function producerText(producer: ProducerFact): string {
  const { lastBatch } = producer
  const known =
    `producerId: ${producer.producerId} producerEpoch: ${producer.producerEpoch}` +
    ` coordinatorEpoch: ${producer.coordinatorEpoch} currentTxnFirstOffset: ${optionalLong(producer.currentTxnFirstOffset)}` +
    ` lastTimestamp: ${producer.lastTimestamp} `
  if (lastBatch === undefined) return known
  return (
    `${known}firstSequence: ${lastBatch.firstSequence} lastSequence: ${lastBatch.lastSequence}` +
    ` lastOffset: ${lastBatch.lastOffset} offsetDelta: ${lastBatch.offsetDelta} timestamp: ${lastBatch.timestamp}`
  )
}

function optionalLong(value: number): string {
  return value < 0 ? 'OptionalLong.empty' : `OptionalLong[${value}]`
}

function abortedTransactionText(transaction: AbortedTransaction): string {
  const { producerId, firstOffset, lastOffset, lastStableOffset } = transaction
  return `version: 0 producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} lastStableOffset: ${lastStableOffset}`
}
