/**
 * Keeps a member in its group: tells the coordinator that it lives every `heartbeat.interval.ms`, whatever the application does,
 * and notices when the application has not asked for records within `max.poll.interval.ms`.
 *
 * It owns the timer. What an answer means for the membership is for the member to carry out.
 */
import { type KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { ConsumerMetrics } from './consumer-metrics.js'
import type { GroupProtocol, Identity } from './group-protocol.js'

/** Whom the heartbeats are for. */
export interface HeartbeatingMember {
  /** As whom they are sent; undefined: it is in no generation, or joins the next one. */
  readonly identity: () => Identity | undefined
  /** Monotonic ms of the last sign of life of the application; undefined: it waits for records now. */
  readonly idleSinceMs: () => number | undefined
  /** The group rebalances: the member is to join again. */
  readonly onRebalance: () => void
  /** The coordinator does not know the membership any more. */
  readonly onUnknown: (error: KafkaError) => void
  /** What does not pass. */
  readonly onFailure: (error: KafkaError) => void
  /** The application has not asked for records for so long. */
  readonly onStuck: (idleMs: number) => void
}

export interface HeartbeatsOptions {
  readonly member: HeartbeatingMember
  readonly protocol: GroupProtocol
  readonly groupId: string
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly retryBackoffMaxMs: number
  readonly metrics: ConsumerMetrics
  readonly ports: ClientPorts
  readonly logger: Logger
}

export class Heartbeats {
  readonly #options: HeartbeatsOptions
  #cancel = () => {}
  #isSending = false
  #isClosed = false
  #lastMs: number | undefined

  constructor(options: HeartbeatsOptions) {
    this.#options = options
  }

  /** Monotonic ms of the last answer, or of joining; undefined before the first. */
  get lastMs(): number | undefined {
    return this.#lastMs
  }

  /** The member has joined a generation. */
  start(): void {
    this.#lastMs = this.#options.ports.monotonicMs()
    this.#schedule()
  }

  stop(): void {
    this.#cancel()
  }

  /** They are not started any more. */
  close(): void {
    this.#isClosed = true
    this.#cancel()
  }

  #schedule(): void {
    this.#cancel()
    if (this.#isClosed) return
    const { ports, heartbeatIntervalMs, maxPollIntervalMs } = this.#options
    const idleMs = this.#idleMs()
    const untilStuckMs = idleMs === undefined ? Number.POSITIVE_INFINITY : Math.max(1, maxPollIntervalMs - idleMs)
    const delayMs = Math.min(heartbeatIntervalMs, untilStuckMs)
    this.#cancel = ports.timers.schedule(delayMs, () => this.#onTimer())
  }

  #idleMs(): number | undefined {
    const { member, ports } = this.#options
    const sinceMs = member.idleSinceMs()
    return sinceMs === undefined ? undefined : ports.monotonicMs() - sinceMs
  }

  #onTimer(): void {
    const { member, maxPollIntervalMs } = this.#options
    const as = member.identity()
    if (as === undefined) return
    const idleMs = this.#idleMs()
    if (idleMs !== undefined && idleMs >= maxPollIntervalMs) {
      member.onStuck(idleMs)
      return
    }
    if (!this.#isSending) void this.#send(as)
    this.#schedule()
  }

  /** Never throws. */
  async #send(as: Identity): Promise<void> {
    const { member, protocol, metrics, ports } = this.#options
    const startMs = ports.monotonicMs()
    this.#isSending = true
    try {
      await protocol.heartbeat(as)
      this.#lastMs = ports.monotonicMs()
      metrics.heartbeats.add(this.#lastMs - startMs)
    } catch (error) {
      const now = member.identity()
      // An answer to a membership that has ended since says nothing.
      if (now?.generationId === as.generationId && now.memberId === as.memberId) this.#onError(kafkaErrorOf(error))
    } finally {
      this.#isSending = false
    }
  }

  #onError(error: KafkaError): void {
    const { member, logger, groupId, sessionTimeoutMs, heartbeatIntervalMs, ports, retryBackoffMaxMs } = this.#options
    switch (error.code) {
      case 'REBALANCE_IN_PROGRESS':
        member.onRebalance()
        return
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        member.onUnknown(error)
        return
      case 'CLOSED':
        return
      default:
        if (!error.retriable && error.code !== 'BROKER_NOT_AVAILABLE') {
          member.onFailure(error)
          return
        }
        logger.info({ groupId, error: error.message }, 'A heartbeat failed')
        if (ports.monotonicMs() - (this.#lastMs ?? 0) > sessionTimeoutMs) {
          logger.warn({ groupId }, 'The coordinator has not answered within the session timeout')
        }
        // Not as late as the next one may be due.
        this.#cancel()
        this.#cancel = ports.timers.schedule(Math.min(retryBackoffMaxMs, heartbeatIntervalMs), () => this.#onTimer())
    }
  }
}
