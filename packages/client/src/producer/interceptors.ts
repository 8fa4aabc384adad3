/** Interceptors in their order. What one throws is logged, and never reaches the application. */
import type { KafkaError } from '../errors.js'
import type { Logger } from '../ports.js'
import type { Delivery, PendingMetadata } from './core/delivery.js'
import type { ProducerInterceptor, ProducerRecord } from './producer-record.js'

export class Interceptors<K, V> {
  readonly #list: readonly ProducerInterceptor<K, V>[]
  readonly #logger: Logger

  constructor(list: readonly ProducerInterceptor<K, V>[], logger: Logger) {
    this.#list = list
    this.#logger = logger
  }

  onSend(given: ProducerRecord<K, V>): ProducerRecord<K, V> {
    let record = given
    for (const interceptor of this.#list) {
      try {
        record = interceptor.onSend?.(record) ?? record
      } catch (error) {
        this.#logger.warn({ error, topic: record.topic }, 'An interceptor threw in onSend')
      }
    }
    return record
  }

  /** Tells the interceptors before it tells `inner`. */
  delivery(metadata: PendingMetadata, inner: Delivery | undefined): Delivery {
    return {
      metadata,
      settle: (error) => {
        this.#onAcknowledgement(metadata, error)
        inner?.settle(error)
      },
    }
  }

  close(): void {
    for (const interceptor of this.#list) {
      try {
        interceptor.close?.()
      } catch (error) {
        this.#logger.warn({ error }, 'An interceptor threw in close')
      }
    }
  }

  #onAcknowledgement(metadata: PendingMetadata, error: KafkaError | null): void {
    for (const interceptor of this.#list) {
      try {
        interceptor.onAcknowledgement?.(metadata, error)
      } catch (thrown) {
        this.#logger.warn({ error: thrown, topic: metadata.topic }, 'An interceptor threw in onAcknowledgement')
      }
    }
  }
}
