/** Asks the cluster for the producer id of an idempotent producer that has no transactions. */
import assert from 'node:assert/strict'
import { apis } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { errorOf, KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import { sleep } from '../waiting.js'
import type { SequenceTracker } from './core/sequence-tracker.js'

export interface ProducerIdSourceOptions {
  readonly cluster: Cluster
  readonly tracker: SequenceTracker
  readonly requestTimeoutMs: number
  readonly backoffMs: (failures: number) => number
  readonly ports: ClientPorts
  readonly signal: AbortSignal
  /** Whether somebody still needs it. */
  readonly isNeeded: () => boolean
  readonly onProducerId: () => void
  /** It will not be given. */
  readonly onRefused: (error: KafkaError) => void
}

const MAX_INT32 = 2 ** 31 - 1

export class ProducerIdSource {
  readonly #options: ProducerIdSourceOptions
  #isAsking = false

  constructor(options: ProducerIdSourceOptions) {
    this.#options = options
  }

  /** Asks until there is one, unless that is being done. */
  request(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    void this.#ask().finally(() => {
      this.#isAsking = false
    })
  }

  async #ask(): Promise<void> {
    const { backoffMs, isNeeded, onProducerId, onRefused, ports, signal } = this.#options
    for (let failures = 1; isNeeded() && !signal.aborted; failures++) {
      const error = await this.#try()
      if (signal.aborted) return
      if (error === undefined) {
        onProducerId()
        return
      }
      if (!error.retriable) {
        onRefused(error)
        return
      }
      await sleep(ports, backoffMs(failures), signal).catch(() => {})
    }
  }

  async #try(): Promise<KafkaError | undefined> {
    const { cluster, requestTimeoutMs, signal, tracker } = this.#options
    try {
      const answer = await cluster.ask(
        'any',
        apis.InitProducerId,
        { transactionalId: null, transactionTimeoutMs: MAX_INT32 },
        { timeoutMs: requestTimeoutMs, signal },
      )
      const error = errorOf(answer.errorCode)
      if (error !== undefined) return error.code === 'CLUSTER_AUTHORIZATION_FAILED' ? withAdvice(error) : error
      assert(answer.producerId >= 0)
      tracker.setProducer(answer.producerId, answer.producerEpoch)
      tracker.rewriteWaiting()
      return undefined
    } catch (error) {
      return kafkaErrorOf(error)
    }
  }
}

function withAdvice({ code }: KafkaError): KafkaError {
  const right = 'IdempotentWrite on the cluster, or Write on a topic'
  return new KafkaError(
    code,
    `not authorized to write idempotently (${right}): with enable.idempotence=false the producer needs no such right`,
  )
}
