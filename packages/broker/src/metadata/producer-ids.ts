import type { KafkaZkClient } from './znodes/kafka-zk-client.js'

/** Hands out producer ids from blocks that the cluster store gives to one broker each (Kafka: ZkProducerIdManager). */
export class ProducerIds {
  readonly #znodes: KafkaZkClient
  readonly #brokerId: number
  #next = 0
  #last = -1
  #allocation: Promise<void> | undefined

  constructor(znodes: KafkaZkClient, brokerId: number) {
    this.#znodes = znodes
    this.#brokerId = brokerId
  }

  /** An id that no producer of the cluster ever had. */
  async next(): Promise<number> {
    while (this.#next > this.#last) {
      this.#allocation ??= this.#allocate()
      await this.#allocation
    }
    return this.#next++
  }

  async #allocate(): Promise<void> {
    try {
      const { firstProducerId, lastProducerId } = await this.#znodes.producerIds.allocateBlock(this.#brokerId)
      this.#next = firstProducerId
      this.#last = lastProducerId
    } finally {
      this.#allocation = undefined
    }
  }
}
