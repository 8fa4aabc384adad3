/**
 * The fetch session with one broker (KIP-227): which partitions the broker remembers, so that only changes are sent. Pure.
 *
 *     epoch 0: a new session, all partitions ──► 1, 2, 3 …: what has changed ──► (error) epoch 0
 *
 * A partition that is not wanted for the moment is forgotten by the broker, so that it is not sent.
 */

export interface WantedPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  readonly logStartOffset: number
  readonly partitionMaxBytes: number
}

export interface PartitionOfTopic {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly toSend: readonly WantedPartition[]
  readonly toForget: readonly PartitionOfTopic[]
}

const NO_SESSION = 0
const FIRST_EPOCH = 0
/** Closes the session: the broker need not remember it any longer. */
export const FINAL_EPOCH = -1
const MAX_INT32 = 2 ** 31 - 1

export class FetchSession {
  #id = NO_SESSION
  #epoch = FIRST_EPOCH
  /** What the broker remembers, or will after the request that is under way. */
  #remembered = new Map<string, WantedPartition>()

  get id(): number {
    return this.#id
  }

  /** All partitions that are wanted, by their key. */
  next(wanted: ReadonlyMap<string, WantedPartition>): SessionRequest {
    if (this.#epoch === FIRST_EPOCH) {
      this.#remembered = new Map(wanted)
      return { sessionId: this.#id, sessionEpoch: FIRST_EPOCH, toSend: [...wanted.values()], toForget: [] }
    }
    const toSend: WantedPartition[] = []
    const toForget: PartitionOfTopic[] = []
    for (const [key, known] of this.#remembered) {
      const now = wanted.get(key)
      if (now !== undefined && now.topicId === known.topicId) continue
      toForget.push(known)
      this.#remembered.delete(key)
    }
    for (const [key, now] of wanted) {
      const known = this.#remembered.get(key)
      if (known !== undefined && isSame(known, now)) continue
      toSend.push(now)
      this.#remembered.set(key, now)
    }
    return { sessionId: this.#id, sessionEpoch: this.#epoch, toSend, toForget }
  }

  /** The broker has answered without an error of the whole. */
  answered(sessionId: number): void {
    if (sessionId === NO_SESSION) {
      // It has no room for sessions, or does not know them: everything is sent each time.
      this.reset()
    } else if (this.#epoch === FIRST_EPOCH) {
      this.#id = sessionId
      this.#epoch = 1
    } else {
      this.#epoch = this.#epoch === MAX_INT32 ? 1 : this.#epoch + 1
    }
  }

  /** What the broker remembers is not known any more. The old session, if there is one, is closed by the next request. */
  failed(isUnknownToBroker: boolean): void {
    if (isUnknownToBroker) this.#id = NO_SESSION
    this.#epoch = FIRST_EPOCH
    this.#remembered.clear()
  }

  reset(): void {
    this.failed(true)
  }
}

function isSame(a: WantedPartition, b: WantedPartition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.partitionMaxBytes === b.partitionMaxBytes &&
    a.logStartOffset === b.logStartOffset
  )
}
