import type { Decision, DeferredReply, ReplyToken, TimerCommand } from '../../coordinator/decision.js'
import type { GroupRecord } from './group-records.js'

/** What a timer of a group is for. The key of its command says which earlier timer it replaces. */
export type GroupTimer =
  /** A member has not been heard of for its session timeout. */
  | { readonly kind: 'session'; readonly groupId: string; readonly memberId: string }
  /** The first rebalance of an empty group has waited `delayMs` for more members. */
  | {
      readonly kind: 'initial-rebalance'
      readonly groupId: string
      readonly delayMs: number
      readonly remainingMs: number
    }
  /** The rebalance timeout has passed in PreparingRebalance. */
  | { readonly kind: 'join'; readonly groupId: string }
  /** The rebalance timeout has passed since the members of a generation were told to sync. */
  | { readonly kind: 'sync'; readonly groupId: string; readonly generationId: number }

export type GroupDecision<Reply> = Decision<GroupRecord, Reply, GroupTimer>

// The length keeps the ids apart: both may contain any character.
export const sessionKey = (groupId: string, memberId: string): string =>
  `session/${groupId.length}/${groupId}/${memberId}`
export const joinKey = (groupId: string): string => `join/${groupId}`
export const syncKey = (groupId: string): string => `sync/${groupId}`

/** Gathers the effects of one handler call; the steps of a rebalance all write to the same one. */
export class Effects {
  readonly #records: GroupRecord[] = []
  readonly #replies: DeferredReply[] = []
  readonly #timers: TimerCommand<GroupTimer>[] = []
  readonly #notes: string[] = []

  append(record: GroupRecord): void {
    this.#records.push(record)
  }

  reply(to: ReplyToken, value: unknown): void {
    this.#replies.push({ to, value })
  }

  arm(key: string, deadlineMs: number, timer: GroupTimer): void {
    this.#timers.push({ kind: 'arm', key, deadlineMs, timer })
  }

  cancel(key: string): void {
    this.#timers.push({ kind: 'cancel', key })
  }

  note(line: string): void {
    this.#notes.push(line)
  }

  /** The decision of a request that is answered now. */
  answer<Reply>(reply: Reply): GroupDecision<Reply> {
    return { ...this.park(), reply }
  }

  /** The decision of a request that has no answer yet, or whose answer is among the deferred replies. */
  park(): GroupDecision<never> {
    return { records: this.#records, replies: this.#replies, timers: this.#timers, notes: this.#notes }
  }
}

/** The decision that changes nothing. */
export function answerOnly<Reply>(reply: Reply): GroupDecision<Reply> {
  return { records: [], reply }
}
