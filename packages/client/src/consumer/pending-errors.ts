import type { KafkaError } from '../errors.js'
import type { TopicPartition } from '../topic-partition.js'
import { PartitionError } from './consumer-errors.js'

/** Errors that happened in the background, until somebody who asks for records meets them: each kind once for a partition. */
export class PendingErrors {
  readonly #errors = new Map<string, KafkaError>()

  get isEmpty(): boolean {
    return this.#errors.size === 0
  }

  add(error: KafkaError): void {
    const at = error instanceof PartitionError ? `${error.topic}-${error.partition}` : ''
    this.#errors.set(`${error.code} ${at}`, error)
  }

  /** Errors: the oldest one, which is met once. */
  throwNext(): void {
    for (const [key, error] of this.#errors) {
      this.#errors.delete(key)
      throw error
    }
  }

  /** What was wrong with a partition is of no interest any more. */
  forget({ topic, partition }: TopicPartition): void {
    for (const [key, error] of this.#errors) {
      if (error instanceof PartitionError && error.topic === topic && error.partition === partition) {
        this.#errors.delete(key)
      }
    }
  }

  clear(): void {
    this.#errors.clear()
  }
}
