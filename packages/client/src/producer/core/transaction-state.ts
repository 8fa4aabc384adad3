/**
 * The state of a transactional producer, and which calls it allows.
 *
 *                                         ┌───────────────── committing ◄─┐
 *                                         ▼                               │
 *     uninitialized ──► initializing ──► ready ──► inTransaction ─────────┤
 *                            ▲            ▲              │                │
 *                            │            │              ▼                ▼
 *                            └─────── aborting ◄── abortableError ◄── (a send failed)
 *
 *     from anywhere ──► fatalError, which is the end
 *
 * Source: Kafka's TransactionManager.
 */
import { KafkaError } from '../../errors.js'

export type TransactionStateName =
  | 'uninitialized'
  | 'initializing'
  | 'ready'
  | 'inTransaction'
  | 'committing'
  | 'aborting'
  | 'abortableError'
  | 'fatalError'

const MAY_FOLLOW: Readonly<Record<TransactionStateName, readonly TransactionStateName[]>> = {
  uninitialized: ['initializing'],
  initializing: ['uninitialized', 'ready'],
  ready: ['inTransaction'],
  inTransaction: ['committing', 'aborting', 'abortableError'],
  committing: ['ready', 'abortableError'],
  // Aborting again: the last try ended with an error.
  aborting: ['aborting', 'ready', 'initializing'],
  abortableError: ['aborting'],
  fatalError: [],
}

export class TransactionState {
  #name: TransactionStateName = 'uninitialized'
  #error: KafkaError | undefined

  get name(): TransactionStateName {
    return this.#name
  }

  /** Why it is in an error state. */
  get error(): KafkaError | undefined {
    return this.#error
  }

  /** Errors: ILLEGAL_STATE; the fatal error. */
  enter(next: TransactionStateName, call: string): void {
    if (!MAY_FOLLOW[this.#name].includes(next)) throw this.refusal(call)
    this.#name = next
    this.#error = undefined
  }

  /** Why a call is not possible now. */
  refusal(call: string): KafkaError {
    if (this.#error !== undefined) return this.#error
    return new KafkaError('ILLEGAL_STATE', `${call} is not possible while the producer is ${DESCRIPTIONS[this.#name]}`)
  }

  /** The transaction can only be aborted. False: it is not in a state in which that means anything. */
  failTransaction(error: KafkaError): boolean {
    if (!MAY_FOLLOW[this.#name].includes('abortableError')) return false
    this.#name = 'abortableError'
    this.#error = new KafkaError(error.code, error.message, { cause: error, abortable: true, retriable: false })
    return true
  }

  /** The producer is of no use any more. */
  failForGood(error: KafkaError): KafkaError {
    if (this.#name === 'fatalError' && this.#error !== undefined) return this.#error
    this.#name = 'fatalError'
    this.#error = new KafkaError(error.code, error.message, { cause: error, fatal: true, retriable: false })
    return this.#error
  }
}

const DESCRIPTIONS: Readonly<Record<TransactionStateName, string>> = {
  uninitialized: 'not initialized: call initTransactions first',
  initializing: 'being initialized',
  ready: 'not in a transaction',
  inTransaction: 'in a transaction',
  committing: 'committing',
  aborting: 'aborting',
  abortableError: 'in a transaction that must be aborted',
  fatalError: 'of no use any more',
}

/**
 * What an error of a transactional request means.
 *
 * - `retry`: the request is repeated.
 * - `abort`: the transaction must be aborted.
 * - `abort-and-bump`: so must it, and the producer needs a new epoch, where the broker can give one.
 * - `fenced`: a newer producer has the transactional id.
 * - `fatal`: the producer is of no use any more.
 */
export type TransactionErrorMeaning = 'retry' | 'abort' | 'abort-and-bump' | 'fenced' | 'fatal'

const MEANINGS: Readonly<Record<string, TransactionErrorMeaning>> = {
  INVALID_PRODUCER_EPOCH: 'fenced',
  PRODUCER_FENCED: 'fenced',
  UNKNOWN_PRODUCER_ID: 'abort-and-bump',
  INVALID_PRODUCER_ID_MAPPING: 'abort-and-bump',
  TOPIC_AUTHORIZATION_FAILED: 'abort',
  GROUP_AUTHORIZATION_FAILED: 'abort',
  TRANSACTION_ABORTABLE: 'abort',
  FENCED_INSTANCE_ID: 'abort',
  UNKNOWN_MEMBER_ID: 'abort',
  ILLEGAL_GENERATION: 'abort',
  OPERATION_NOT_ATTEMPTED: 'abort',
}

export function meaningOf(error: KafkaError): TransactionErrorMeaning {
  return MEANINGS[error.code] ?? (error.retriable ? 'retry' : 'fatal')
}
