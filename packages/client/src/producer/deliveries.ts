/** The three ways to hear what became of a record: a callback, a promise, and one promise for many records. */
import { KafkaError } from '../errors.js'
import type { Delivery, PendingMetadata, RecordMetadata } from './core/delivery.js'
import type { SendCallback } from './producer-record.js'

export function pendingMetadata(
  topic: string,
  timestamp: number,
  key: Buffer | null,
  value: Buffer | null,
): PendingMetadata {
  return {
    topic,
    partition: -1,
    offset: -1,
    timestamp,
    serializedKeySize: key === null ? -1 : key.length,
    serializedValueSize: value === null ? -1 : value.length,
  }
}

/** What the callback throws is thrown on, out of the event loop, as any other event handler’s. */
export class CallbackDelivery implements Delivery {
  readonly metadata: PendingMetadata
  readonly #callback: SendCallback

  constructor(metadata: PendingMetadata, callback: SendCallback) {
    this.metadata = metadata
    this.#callback = callback
  }

  settle(error: KafkaError | null): void {
    try {
      this.#callback(error, this.metadata)
    } catch (thrown) {
      setImmediate(() => {
        throw thrown
      })
    }
  }
}

export class PromiseDelivery implements Delivery {
  readonly metadata: PendingMetadata
  readonly #resolve: (metadata: RecordMetadata) => void
  readonly #reject: (error: KafkaError) => void

  constructor(
    metadata: PendingMetadata,
    resolve: (metadata: RecordMetadata) => void,
    reject: (error: KafkaError) => void,
  ) {
    this.metadata = metadata
    this.#resolve = resolve
    this.#reject = reject
  }

  settle(error: KafkaError | null): void {
    if (error === null) this.#resolve(this.metadata)
    else this.#reject(error)
  }
}

/** Some of the records of a `sendAll` were not written; the code is that of the first. */
export class SendError extends KafkaError {
  override readonly name = 'SendError'
  /** In the order of the records; undefined where one failed. */
  readonly succeeded: readonly (RecordMetadata | undefined)[]
  /** The others, by their place among the records. */
  readonly failed: readonly { readonly index: number; readonly error: KafkaError }[]

  constructor(
    succeeded: readonly (RecordMetadata | undefined)[],
    failed: readonly { readonly index: number; readonly error: KafkaError }[],
  ) {
    const first = failed[0]?.error ?? new KafkaError('UNKNOWN_SERVER_ERROR')
    const { fatal, abortable, retriable } = first
    super(first.code, `${failed.length} of ${succeeded.length} records were not written: ${first.message}`, {
      cause: first,
      fatal,
      abortable,
      retriable,
    })
    this.succeeded = succeeded
    this.failed = failed
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), failed: this.failed }
  }
}

/** Collects what becomes of the records of one `sendAll`. */
export class SendAllDelivery {
  readonly #metadata: RecordMetadata[] = []
  readonly #failed: { readonly index: number; readonly error: KafkaError }[] = []
  #outstanding = 1
  #resolve: (metadata: RecordMetadata[]) => void = () => {}
  #reject: (error: SendError) => void = () => {}
  readonly promise: Promise<RecordMetadata[]>

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The delivery of the next record. */
  next(metadata: PendingMetadata): Delivery {
    const index = this.#metadata.push(metadata) - 1
    this.#outstanding++
    return new SharedDelivery(this, metadata, index)
  }

  /** No more records come. */
  end(): void {
    this.settled(-1, null)
  }

  settled(index: number, error: KafkaError | null): void {
    if (error !== null) this.#failed.push({ index, error })
    this.#outstanding--
    if (this.#outstanding > 0) return
    if (this.#failed.length === 0) {
      this.#resolve(this.#metadata)
      return
    }
    this.#failed.sort((a, b) => a.index - b.index)
    const succeeded: (RecordMetadata | undefined)[] = [...this.#metadata]
    for (const { index: failed } of this.#failed) succeeded[failed] = undefined
    this.#reject(new SendError(succeeded, this.#failed))
  }
}

class SharedDelivery implements Delivery {
  readonly metadata: PendingMetadata
  readonly #all: SendAllDelivery
  readonly #index: number

  constructor(all: SendAllDelivery, metadata: PendingMetadata, index: number) {
    this.#all = all
    this.metadata = metadata
    this.#index = index
  }

  settle(error: KafkaError | null): void {
    this.#all.settled(this.#index, error)
  }
}
