/**
 * Brings each broker its requests (`kafka.controller.ControllerChannelManager`): one batch at a time and in order, again
 * after a pause until it is answered or the broker is no longer live.
 *
 * It owns the queues by broker. Answers go to `onResponses`, in order per broker; it decides nothing about them.
 */
import type { RegisteredBroker } from '../metadata/znodes/broker-znodes.js'
import type { Logger, Scheduler } from '../ports.js'
import type { BrokerResponses, ControllerChannel } from './controller-channel.js'
import type { BrokerRequests } from './core/request-batch.js'

/** Kafka's pause between two tries. */
const RETRY_PAUSE_MS = 100

export interface RequestSenderOptions {
  readonly channel: ControllerChannel
  readonly scheduler: Scheduler
  readonly logger: Logger
  readonly onResponses: (brokerId: number, requests: BrokerRequests, responses: BrokerResponses) => void
}

interface BrokerQueue {
  readonly brokerId: number
  readonly pending: BrokerRequests[]
  isSending: boolean
  isOpen: boolean
  wake: () => void
  readonly idleListeners: (() => void)[]
}

export class RequestSender {
  readonly #options: RequestSenderOptions
  readonly #queues = new Map<number, BrokerQueue>()

  constructor(options: RequestSenderOptions) {
    this.#options = options
  }

  addBroker(broker: RegisteredBroker): void {
    const brokerId = broker.registration.id
    this.removeBroker(brokerId)
    this.#options.channel.addBroker?.(broker)
    this.#queues.set(brokerId, {
      brokerId,
      pending: [],
      isSending: false,
      isOpen: true,
      wake: () => {},
      idleListeners: [],
    })
  }

  /** What was not sent yet never is. */
  removeBroker(brokerId: number): void {
    const queue = this.#queues.get(brokerId)
    if (queue === undefined) return
    queue.isOpen = false
    queue.wake()
    this.#queues.delete(brokerId)
    this.#options.channel.removeBroker?.(brokerId)
  }

  removeAll(): void {
    for (const brokerId of [...this.#queues.keys()]) this.removeBroker(brokerId)
  }

  /** Requests to a broker that is not live are dropped: it learns everything when it comes. */
  send(brokerId: number, requests: BrokerRequests): void {
    const queue = this.#queues.get(brokerId)
    if (queue === undefined) return
    queue.pending.push(requests)
    if (queue.isSending) return
    queue.isSending = true
    // Never rejects: failures are retried within.
    void this.#sendAll(queue)
  }

  /** Settles when the broker has answered all that was sent to it before, or is not live any more. */
  async answered(brokerId: number): Promise<void> {
    const queue = this.#queues.get(brokerId)
    if (queue?.isSending) await new Promise<void>((resolve) => queue.idleListeners.push(resolve))
  }

  async #sendAll(queue: BrokerQueue): Promise<void> {
    for (let requests = queue.pending.shift(); requests !== undefined; requests = queue.pending.shift()) {
      const responses = await this.#sendUntilAnswered(queue, requests)
      if (responses === undefined) break
      this.#options.onResponses(queue.brokerId, requests, responses)
    }
    queue.isSending = false
    for (const resolve of queue.idleListeners.splice(0)) resolve()
  }

  async #sendUntilAnswered(queue: BrokerQueue, requests: BrokerRequests): Promise<BrokerResponses | undefined> {
    while (queue.isOpen) {
      try {
        const responses = await this.#options.channel.send(queue.brokerId, requests)
        return queue.isOpen ? responses : undefined
      } catch (error) {
        this.#options.logger.warn(`Controller could not reach broker ${queue.brokerId}`, { error: String(error) })
        await this.#pause(queue)
      }
    }
    return undefined
  }

  async #pause(queue: BrokerQueue): Promise<void> {
    if (!queue.isOpen) return
    await new Promise<void>((resolve) => {
      const task = this.#options.scheduler.schedule(RETRY_PAUSE_MS, resolve)
      queue.wake = () => {
        task.cancel()
        resolve()
      }
    })
    queue.wake = () => {}
  }
}
