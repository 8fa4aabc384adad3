/**
 * What was fetched and is not handed out yet, and its memory (`buffer.memory`).
 *
 *     add ──► records of partitions that take turns ──► take
 *
 * It does not know where records come from, or whether more are on their way. What the position of its partition has jumped
 * away from is dropped when it is met.
 */
import {
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  type FetchResponse,
  listBatches,
  MAGIC_V2,
} from '@millrace/protocol'
import type { PartitionRecords } from './consumer-record.js'
import { FetchBudget } from './core/fetch-budget.js'
import { FetchedRecords, type RecordReading } from './core/fetched-records.js'
import type { PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'

export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

/** A partition's part of an answer, with records, and where it was asked for. */
export interface ArrivedRecords {
  readonly state: PartitionState
  readonly fetchOffset: number
  readonly fetchEpoch: number
  readonly answer: FetchedPartition
}

export class FetchBuffer<K, V> {
  readonly #subscriptions: SubscriptionState
  readonly #reading: RecordReading<K, V>
  readonly #budget: FetchBudget
  /** In the order in which partitions take turns. */
  #fetched: FetchedRecords<K, V>[] = []

  constructor(subscriptions: SubscriptionState, reading: RecordReading<K, V>, limitBytes: number) {
    this.#subscriptions = subscriptions
    this.#reading = reading
    this.#budget = new FetchBudget(limitBytes)
  }

  /** Of answers that are not read to their end, or of whose records some wait for handlers. */
  get bytes(): number {
    return this.#budget.bufferedBytes
  }

  /** There are some of the latter. */
  get isKept(): boolean {
    return this.#budget.isKept
  }

  /** Something worthwhile could be asked for. */
  get hasRoom(): boolean {
    return this.#budget.hasRoom
  }

  /** Somebody could take records now, or would meet an error. */
  get hasRecords(): boolean {
    return this.#fetched.some((fetched) => this.#isTakeable(fetched))
  }

  /** How many bytes a request may ask for that wants `bytes`; 0: none now. */
  reserve(bytes: number): number {
    return this.#budget.reserve(bytes)
  }

  /** That request has ended. */
  unreserve(bytes: number): void {
    this.#budget.unreserve(bytes)
  }

  /** Records of one answer. Its partitions go on behind them. */
  add(arrived: readonly ArrivedRecords[]): void {
    let bytes = 0
    for (const { answer } of arrived) bytes += answer.records?.length ?? 0
    const memory = this.#budget.hold(bytes, arrived.length)
    for (const { state, fetchOffset, fetchEpoch, answer } of arrived) {
      const records = answer.records as Buffer
      const end = endOfBatches(records, fetchOffset)
      const fetched = new FetchedRecords<K, V>(
        state,
        { records, fetchOffset, leaderEpoch: fetchEpoch, abortedTransactions: answer.abortedTransactions },
        this.#reading,
        memory,
      )
      state.bufferedBytes += records.length
      state.fetchOffset = end.nextOffset
      if (end.leaderEpoch >= 0) state.fetchEpoch = end.leaderEpoch
      // What comes behind is not asked for before the application has gone past it.
      if (end.isCorrupt) state.retryAtMs = Number.POSITIVE_INFINITY
      this.#fetched.push(fetched)
    }
  }

  /** At most `max` records, fairly. Errors: those of FetchedRecords, if no record comes before them. */
  take(max: number): PartitionRecords<K, V>[] {
    const parts = new Map<PartitionState, PartitionRecords<K, V>>()
    const kept: FetchedRecords<K, V>[] = []
    const failing = new Set<PartitionState>()
    let left = max
    let failure: { readonly error: unknown } | undefined
    const buffered = this.#fetched
    for (let index = 0; index < buffered.length; index++) {
      const fetched = buffered[index] as FetchedRecords<K, V>
      if (fetched.isStale) {
        fetched.release()
        continue
      }
      const { state } = fetched
      if (left > 0 && failure === undefined && !failing.has(state) && this.#isTakeable(fetched)) {
        let part = parts.get(state)
        if (part === undefined) {
          part = { state, epoch: state.epoch, records: [], nextOffset: state.position, nextLeaderEpoch: -1 }
          parts.set(state, part)
        }
        try {
          left -= fetched.take(left, part)
        } catch (error) {
          // Records of other partitions come first; the failure is met again by the next call.
          if (left === max) failure = { error }
        }
        if (fetched.hasFailed) failing.add(state)
      }
      if (fetched.isDrained) fetched.release()
      else kept.push(fetched)
    }
    // Who had a turn waits for the others.
    const hasWaiting = kept.some(({ state }) => !parts.has(state))
    this.#fetched = hasWaiting
      ? [...kept.filter(({ state }) => !parts.has(state)), ...kept.filter(({ state }) => parts.has(state))]
      : kept
    if (failure !== undefined) throw failure.error
    return [...parts.values()].filter((part) => part.nextOffset > part.state.position || part.records.length > 0)
  }

  /** Everything is dropped; its partitions fetch it again when they are read. */
  giveBack(): void {
    for (const fetched of this.#fetched) {
      fetched.state.rewind()
      fetched.release()
    }
    this.#fetched = []
  }

  close(): void {
    for (const fetched of this.#fetched) fetched.release()
    this.#fetched = []
  }

  #isTakeable({ state, isStale }: FetchedRecords<K, V>): boolean {
    return !isStale && state.isFetchable && !state.isHeld && this.#subscriptions.has(state)
  }
}

/** Where the whole batches of an answer end. */
function endOfBatches(
  bytes: Buffer,
  fetchOffset: number,
): { readonly nextOffset: number; readonly leaderEpoch: number; readonly isCorrupt: boolean } {
  const { positions, rest } = listBatches(bytes)
  const last = positions.at(-1)
  const isCorrupt = rest === 'corrupt' || (last !== undefined && batchMagic(bytes, last) !== MAGIC_V2)
  if (last === undefined || isCorrupt) return { nextOffset: fetchOffset, leaderEpoch: -1, isCorrupt }
  const nextOffset = Math.max(fetchOffset, batchLastOffset(bytes, last) + 1)
  return { nextOffset, leaderEpoch: batchLeaderEpoch(bytes, last), isCorrupt }
}
