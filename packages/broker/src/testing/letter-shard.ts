import { type ErrorName, ProtocolError, type TransactionResult } from '@millrace/protocol'
import { CoordinatorRuntime, type CoordinatorRuntimeOptions } from '../coordinator/coordinator-runtime.js'
import type { CoordinatorShard, Decision, RecordPosition, RecordSerde, ReplyToken } from '../coordinator/decision.js'
import { ManualTime } from './manual-time.js'
import { MemoryCoordinatorLog } from './memory-coordinator-log.js'
import { MemoryLogger } from './memory-logger.js'

/** `letter` is the key; a null value is a tombstone. */
export interface Letter {
  readonly letter: string
  readonly value: string | null
}

export const letterSerde: RecordSerde<Letter> = {
  encode: ({ letter, value }) => ({ key: Buffer.from(letter), value: value === null ? null : Buffer.from(value) }),
  decode(key, value) {
    const letter = key.toString()
    if (letter === 'corrupt') throw new Error('a corrupt record')
    return letter.startsWith('unknown') ? undefined : { letter, value: value?.toString() ?? null }
  },
}

/** The smallest shard there is: letters with values, and a list of what happened. */
export class LetterShard implements CoordinatorShard<Letter, string> {
  readonly values = new Map<string, string>()
  readonly replayed: string[] = []
  readonly parked: ReplyToken[] = []
  isLoaded = false

  put(letter: string, value: string | null): Decision<Letter, string, string> {
    return { records: [{ letter, value }], reply: `${letter}=${value}` }
  }

  replay({ letter, value }: Letter, { offset, producerId }: RecordPosition): void {
    if (letter === 'poison') throw new Error('a record that cannot be replayed')
    this.replayed.push(`${offset} ${letter}=${value}${producerId === -1 ? '' : ` of ${producerId}`}`)
    if (value === null) this.values.delete(letter)
    else this.values.set(letter, value)
  }

  replayEndTransaction(producerId: number, result: TransactionResult): void {
    this.replayed.push(`${result} ${producerId}`)
  }

  onLoaded(nowMs: number): Decision<Letter, never, string> {
    this.isLoaded = true
    return { records: [], timers: [{ kind: 'arm', key: 'loaded', deadlineMs: nowMs + 100, timer: 'loaded' }] }
  }

  onTimer(timer: string): Decision<Letter, never, string> {
    if (timer === 'defect') throw new Error('a timer that cannot be handled')
    return { records: [{ letter: timer, value: 'timer' }] }
  }

  onRejected(records: readonly Letter[], code: number): Decision<Letter, never, string> {
    const replies = this.parked.splice(0).map((to) => ({ to, value: `rejected ${code}` }))
    this.replayed.push(`rejected ${records.map(({ letter }) => letter).join()} with ${code}`)
    return { records: [], replies }
  }
}

export type LetterRuntime = CoordinatorRuntime<LetterShard, Letter, string>

/** A runtime of LetterShards with one log, which is every partition's. */
export function letterRuntime(options: Partial<CoordinatorRuntimeOptions<LetterShard, Letter>> = {}) {
  const time = new ManualTime()
  const log = new MemoryCoordinatorLog()
  const logger = new MemoryLogger()
  const shards: LetterShard[] = []
  const runtime: LetterRuntime = new CoordinatorRuntime({
    topic: 'letters',
    serde: letterSerde,
    clock: time,
    scheduler: time,
    logger,
    commitTimeoutMs: 5_000,
    createShard: () => {
      const shard = new LetterShard()
      shards.push(shard)
      return shard
    },
    openLog: () => log,
    ...options,
  })
  return { time, log, logger, runtime, shards }
}

/** Follows a promise: `pending`, what it resolved to, or the code of its error. */
export function follow<T>(promise: Promise<T>): { state: T | 'pending' | ErrorName } {
  const followed: { state: T | 'pending' | ErrorName } = { state: 'pending' }
  promise.then(
    (value) => {
      followed.state = value
    },
    (error: unknown) => {
      if (!(error instanceof ProtocolError)) throw error
      followed.state = error.code
    },
  )
  return followed
}
