/**
 * The members of ONE classic group, with the indexes and counts over them: who holds which instance id, how many
 * support which protocol, how many wait for the end of a join phase.
 *
 * It owns the member objects, their parked requests included, and replaces them on every change. It knows neither state
 * nor generation nor leader of the group, answers nobody, and never decides who may come or has to go.
 */
import assert from 'node:assert/strict'
import { ErrorCode } from '@millrace/protocol'
import type { ReplyToken } from '../../../coordinator/decision.js'
import type { JoinGroupOutputMember, JoinGroupProtocol } from '../group-messages.js'
import { type ClassicMember, metadataOf, NO_BYTES, voteOf } from './classic-member.js'
import { subscribedTopicsOf } from './subscription.js'

export interface MemberUpdate {
  readonly protocols: readonly JoinGroupProtocol[]
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
}

export class MemberRoster {
  readonly #groupId: string
  readonly #members = new Map<string, ClassicMember>()
  readonly #memberIdByInstanceId = new Map<string, string>()
  readonly #memberCountByProtocol = new Map<string, number>()
  #awaitingJoinCount = 0

  constructor(groupId: string) {
    this.#groupId = groupId
  }

  get size(): number {
    return this.#members.size
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount
  }

  values(): IterableIterator<ClassicMember> {
    return this.#members.values()
  }

  /** The id of the member that has been here longest. */
  firstId(): string | undefined {
    return this.#members.keys().next().value
  }

  has(memberId: string): boolean {
    return this.#members.has(memberId)
  }

  get(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId)
  }

  idOfInstance(groupInstanceId: string): string | undefined {
    return this.#memberIdByInstanceId.get(groupInstanceId)
  }

  /** NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member id has taken the instance id (KIP-345). */
  validate(memberId: string, groupInstanceId: string | null | undefined): number {
    if (groupInstanceId !== null && groupInstanceId !== undefined) {
      const existing = this.#memberIdByInstanceId.get(groupInstanceId)
      if (existing === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
      if (existing !== memberId) return ErrorCode.FENCED_INSTANCE_ID
    }
    return this.#members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
  }

  /** The longest of the members' rebalance timeouts. */
  rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.#members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  // Protocols.

  /** True if all members support one of these protocols. */
  supportsAny(protocols: readonly JoinGroupProtocol[]): boolean {
    return protocols.some(({ name }) => (this.#memberCountByProtocol.get(name) ?? 0) === this.#members.size)
  }

  /** The protocol with most votes among those that all members support; the earliest voted for among equals. */
  selectProtocol(): string {
    assert(this.#members.size > 0, 'an empty group has no protocol')
    const candidates = new Set<string>()
    for (const [name, count] of this.#memberCountByProtocol) {
      if (count === this.#members.size) candidates.add(name)
    }
    const votes = new Map<string, number>()
    for (const member of this.#members.values()) {
      const name = voteOf(member, candidates)
      votes.set(name, (votes.get(name) ?? 0) + 1)
    }
    const [winner] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best))
    return winner
  }

  /** Subscriptions of all members under the chosen protocol, as the leader receives them. */
  subscriptions(protocolName: string | null): JoinGroupOutputMember[] {
    return Array.from(this.#members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: metadataOf(member, protocolName),
    }))
  }

  /** Topics that consumers subscribe to under the chosen protocol; null if that cannot be told of all of them. */
  subscribedTopics(protocolName: string | null): ReadonlySet<string> | null {
    const topics = new Set<string>()
    if (this.#members.size === 0) return topics
    if (protocolName === null) return null
    for (const member of this.#members.values()) {
      const subscribed = subscribedTopicsOf(metadataOf(member, protocolName))
      if (subscribed === undefined) return null
      for (const topic of subscribed) topics.add(topic)
    }
    return topics
  }

  // Changes.

  insert(member: ClassicMember): void {
    assert(!this.#members.has(member.memberId), `member ${member.memberId} is in the group already`)
    if (member.groupInstanceId !== null) {
      assert(!this.#memberIdByInstanceId.has(member.groupInstanceId), 'the instance id is taken')
      this.#memberIdByInstanceId.set(member.groupInstanceId, member.memberId)
    }
    this.#members.set(member.memberId, member)
    this.#countProtocols(member, 1)
    if (member.awaitingJoin !== null) this.#awaitingJoinCount++
  }

  /** Does nothing if there is no such member. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#members.delete(memberId)
    this.#countProtocols(member, -1)
    if (member.awaitingJoin !== null) this.#awaitingJoinCount--
    if (member.groupInstanceId !== null) this.#memberIdByInstanceId.delete(member.groupInstanceId)
  }

  update(memberId: string, update: MemberUpdate): void {
    const member = this.known(memberId)
    this.#countProtocols(member, -1)
    const updated = { ...member, ...update }
    this.#members.set(memberId, updated)
    this.#countProtocols(updated, 1)
  }

  assign(memberId: string, assignment: Buffer): void {
    this.#members.set(memberId, { ...this.known(memberId), assignment })
  }

  clearAssignments(): void {
    for (const memberId of this.#members.keys()) this.assign(memberId, NO_BYTES)
  }

  clearIsNew(memberId: string): void {
    this.#members.set(memberId, { ...this.known(memberId), isNew: false })
  }

  /** Parks the JoinGroup of a member, and returns the one it replaces. */
  parkJoin(memberId: string, token: ReplyToken): ReplyToken | null {
    const member = this.known(memberId)
    if (member.awaitingJoin === null) this.#awaitingJoinCount++
    this.#members.set(memberId, { ...member, awaitingJoin: token })
    return member.awaitingJoin
  }

  /** Takes the parked JoinGroup of a member, to answer it. */
  takeJoin(memberId: string): ReplyToken | null {
    const member = this.known(memberId)
    if (member.awaitingJoin === null) return null
    this.#awaitingJoinCount--
    this.#members.set(memberId, { ...member, awaitingJoin: null })
    return member.awaitingJoin
  }

  /** Parks the SyncGroup of a member, and returns the one it replaces. */
  parkSync(memberId: string, token: ReplyToken): ReplyToken | null {
    const member = this.known(memberId)
    this.#members.set(memberId, { ...member, awaitingSync: token })
    return member.awaitingSync
  }

  takeSync(memberId: string): ReplyToken | null {
    const member = this.known(memberId)
    if (member.awaitingSync !== null) this.#members.set(memberId, { ...member, awaitingSync: null })
    return member.awaitingSync
  }

  /** A member that must be there. */
  known(memberId: string): ClassicMember {
    const member = this.#members.get(memberId)
    assert(member !== undefined, `group ${this.#groupId} has no member ${memberId}`)
    return member
  }

  invariants(): void {
    assert(this.#awaitingJoinCount >= 0 && this.#awaitingJoinCount <= this.#members.size)
    assert(this.#memberIdByInstanceId.size <= this.#members.size)
  }

  #countProtocols(member: ClassicMember, by: 1 | -1): void {
    for (const name of new Set(member.protocols.map((protocol) => protocol.name))) {
      const count = (this.#memberCountByProtocol.get(name) ?? 0) + by
      if (count === 0) this.#memberCountByProtocol.delete(name)
      else this.#memberCountByProtocol.set(name, count)
    }
  }
}
