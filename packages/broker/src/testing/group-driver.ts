/** Runs a group shard in a test: fake time, records committed at once, answers kept by request. */
import assert from 'node:assert/strict'
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import { BrokerConfig } from '../config/broker-config.js'
import { groupCoordinatorConfigOf } from '../config/group-coordinator-config.js'
import type { ReplyToken } from '../coordinator/decision.js'
import type { GroupConfig } from '../groups/core/group-config.js'
import type { GroupDecision, GroupTimer } from '../groups/core/group-decision.js'
import type {
  HeartbeatOutput,
  JoinGroupInput,
  JoinGroupOutput,
  LeaveGroupOutput,
  MemberIdentity,
  OffsetCommitOutput,
  OffsetFetchOutput,
  SyncGroupInput,
  SyncGroupOutput,
} from '../groups/core/group-messages.js'
import { GroupShard } from '../groups/core/group-shard.js'
import { groupRecordSerde } from '../groups/group-record-serde.js'

export const GROUP = 'group-1'
/** What a broker has that sets nothing. */
export const defaultGroupConfig: GroupConfig = groupCoordinatorConfigOf(new BrokerConfig(new Map()))
const NO_PRODUCER = { producerId: -1, producerEpoch: -1 }

/** A request that was sent: its answer, once there is one. */
export class Asked<Reply> {
  readonly token: ReplyToken
  readonly #replies: ReadonlyMap<ReplyToken, unknown>

  constructor(token: ReplyToken, replies: ReadonlyMap<ReplyToken, unknown>) {
    this.token = token
    this.#replies = replies
  }

  get isParked(): boolean {
    return !this.#replies.has(this.token)
  }

  get reply(): Reply {
    assert(this.#replies.has(this.token), 'the request is still parked')
    return this.#replies.get(this.token) as Reply
  }
}

export interface JoinOptions extends Partial<JoinGroupInput> {
  readonly apiVersion?: number
  readonly clientId?: string
}

/** A consumer's subscription, as clients encode it (version 1, no user data, nothing owned). */
export function subscriptionOf(...topics: string[]): Buffer {
  const head = Buffer.alloc(6)
  head.writeInt16BE(1, 0)
  head.writeInt32BE(topics.length, 2)
  const names = topics.map((topic) => {
    const length = Buffer.alloc(2)
    length.writeInt16BE(Buffer.byteLength(topic))
    return Buffer.concat([length, Buffer.from(topic)])
  })
  return Buffer.concat([head, ...names, Buffer.from('ffffffff00000000', 'hex')])
}

export function errorName(errorCode: number): ErrorName {
  const found = Object.entries(ErrorCode).find(([, code]) => code === errorCode)
  assert(found !== undefined, `no error has code ${errorCode}`)
  return found[0] as ErrorName
}

/** Runs a GroupShard without a runtime: records are committed at once, and time moves by `advance`. */
export class GroupDriver {
  nowMs = 1_700_000_000_000
  readonly config: GroupConfig
  readonly shard: GroupShard
  /** What was appended, as bytes. */
  readonly log: { key: Buffer; value: Buffer | null }[] = []
  readonly notes: string[] = []
  /** Called after every decision. */
  onDecision: (() => void) | undefined
  readonly #replies = new Map<ReplyToken, unknown>()
  readonly #timers = new Map<string, { deadlineMs: number; timer: GroupTimer }>()
  #nextToken = 0
  #nextMember = 0

  constructor(config: Partial<GroupConfig> = {}, log: readonly { key: Buffer; value: Buffer | null }[] = []) {
    this.config = { ...defaultGroupConfig, ...config }
    this.shard = new GroupShard(this.config)
    for (const { key, value } of log) this.#replay(key, value)
    this.run(() => this.shard.onLoaded(this.nowMs))
  }

  /** Another shard that has read the same log. */
  reload(): GroupDriver {
    const other = new GroupDriver(this.config, this.log)
    other.nowMs = this.nowMs
    other.#nextMember = this.#nextMember
    return other
  }

  get timerKeys(): string[] {
    return [...this.#timers.keys()].sort()
  }

  run<Reply>(handler: (token: ReplyToken) => GroupDecision<Reply>): Asked<Reply> {
    const token = this.#nextToken++
    this.#carryOut(token, handler(token))
    return new Asked(token, this.#replies)
  }

  join(options: JoinOptions = {}): Asked<JoinGroupOutput> {
    const { apiVersion = 9, clientId = 'client', ...input } = options
    const context = { apiVersion, clientId, clientHost: '/127.0.0.1' }
    const defaults = { groupId: GROUP, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000, memberId: '' }
    const protocols = [{ name: 'range', metadata: subscriptionOf('orders') }]
    const request = { ...defaults, protocolType: 'consumer', protocols, ...input }
    const memberIdSuffix = `${this.#nextMember++}`
    return this.run((token) => this.shard.joinGroup(context, request, { nowMs: this.nowMs, token, memberIdSuffix }))
  }

  /** Joins as a client of v4+ does: asks for an id, then joins with it. */
  joinWithId(options: JoinOptions = {}): { memberId: string; asked: Asked<JoinGroupOutput> } {
    const { memberId, errorCode } = this.join(options).reply
    assert.equal(errorName(errorCode), 'MEMBER_ID_REQUIRED')
    return { memberId, asked: this.join({ ...options, memberId }) }
  }

  sync(memberId: string, generationId: number, options: Partial<SyncGroupInput> = {}): Asked<SyncGroupOutput> {
    const request = { groupId: GROUP, memberId, generationId, assignments: [], ...options }
    return this.run((token) => this.shard.syncGroup(request, { nowMs: this.nowMs, token }))
  }

  heartbeat(memberId: string, generationId: number, groupInstanceId: string | null = null): ErrorName {
    const request = { groupId: GROUP, memberId, generationId, groupInstanceId }
    const asked = this.run<HeartbeatOutput>((token) => this.shard.heartbeat(request, { nowMs: this.nowMs, token }))
    return errorName(asked.reply.errorCode)
  }

  leave(...members: MemberIdentity[]): ErrorName[] {
    const asked = this.run<LeaveGroupOutput>((token) =>
      this.shard.leaveGroup(GROUP, members, { nowMs: this.nowMs, token }),
    )
    return asked.reply.members.map(({ errorCode }) => errorName(errorCode))
  }

  commit(
    offset: number,
    options: {
      readonly groupId?: string
      readonly memberId?: string
      readonly generationId?: number
      readonly groupInstanceId?: string
      readonly topic?: string
      readonly partition?: number
      readonly metadata?: string | null
      readonly retentionTimeMs?: number
      readonly apiVersion?: number
    } = {},
  ): ErrorName {
    const { topic = 'orders', partition = 0, metadata = '', apiVersion = 9, generationId = -1 } = options
    const request = {
      groupId: options.groupId ?? GROUP,
      memberId: options.memberId ?? '',
      groupInstanceId: options.groupInstanceId ?? null,
      generationIdOrMemberEpoch: generationId,
      retentionTimeMs: options.retentionTimeMs ?? -1,
      topics: [
        {
          name: topic,
          partitions: [
            {
              partitionIndex: partition,
              committedOffset: offset,
              committedLeaderEpoch: 5,
              committedMetadata: metadata,
            },
          ],
        },
      ],
    }
    const context = { apiVersion, clientId: 'client', clientHost: '/127.0.0.1' }
    const asked = this.run<OffsetCommitOutput>((token) =>
      this.shard.commitOffsets(context, request, { nowMs: this.nowMs, token }),
    )
    return errorName(asked.reply.topics[0]?.partitions[0]?.errorCode ?? 0)
  }

  /** All offsets of a group, as `topic-partition: offset`. */
  offsets(groupId = GROUP): string[] {
    const fetched: OffsetFetchOutput = this.shard.fetchOffsets({ groupId, topics: null }, false)
    return fetched.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}: ${committedOffset}`),
    )
  }

  /** A Stable group of dynamic members; the first is the leader, and each is assigned its own id. */
  stableGroup(count: number, options: JoinOptions = {}): { memberIds: string[]; generationId: number } {
    const joined = Array.from({ length: count }, (_, index) =>
      this.joinWithId({ clientId: `member-${index}`, ...options }),
    )
    this.advance(this.config.groupInitialRebalanceDelayMs * (count + 1))
    const memberIds = joined.map(({ memberId }) => memberId)
    const generationId = joined[0]?.asked.reply.generationId ?? -1
    this.syncAll(memberIds, generationId)
    for (const memberId of memberIds) assert.equal(this.heartbeat(memberId, generationId), 'NONE')
    return { memberIds, generationId }
  }

  /** All members sync, the leader with an assignment that gives each member its own id. */
  syncAll(memberIds: readonly string[], generationId: number): void {
    const assignments = memberIds.map((memberId) => ({ memberId, assignment: Buffer.from(memberId) }))
    const leaderId = this.group.leaderId
    for (const memberId of memberIds) {
      this.sync(memberId, generationId, memberId === leaderId ? { assignments } : {})
    }
    assert.equal(this.group.state, 'Stable')
  }

  get group() {
    const group = this.shard.group(GROUP)
    assert(group !== undefined, 'the group does not exist')
    return group
  }

  /** Moves the clock, firing timers on the way. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms
    for (let next = this.#nextTimer(endMs); next !== undefined; next = this.#nextTimer(endMs)) {
      this.#timers.delete(next.key)
      this.nowMs = Math.max(this.nowMs, next.deadlineMs)
      const { timer } = next
      this.run(() => this.shard.onTimer(timer, this.nowMs))
    }
    this.nowMs = endMs
  }

  #carryOut(token: ReplyToken, decision: GroupDecision<unknown>): void {
    this.notes.push(...(decision.notes ?? []))
    for (const command of decision.timers ?? []) {
      if (command.kind === 'arm') this.#timers.set(command.key, command)
      else this.#timers.delete(command.key)
    }
    for (const record of decision.records) {
      const { key, value } = groupRecordSerde.encode(record)
      this.log.push({ key, value })
      this.shard.replay(record, { ...NO_PRODUCER, offset: this.log.length - 1 })
    }
    for (const { to, value } of decision.replies ?? []) this.#answer(to, value)
    if (decision.reply !== undefined) this.#answer(token, decision.reply)
    this.onDecision?.()
  }

  #answer(token: ReplyToken, value: unknown): void {
    assert(!this.#replies.has(token), `request ${token} is answered twice`)
    this.#replies.set(token, value)
  }

  #replay(key: Buffer, value: Buffer | null): void {
    const record = groupRecordSerde.decode(key, value)
    this.log.push({ key, value })
    if (record !== undefined) this.shard.replay(record, { ...NO_PRODUCER, offset: this.log.length - 1 })
  }

  #nextTimer(endMs: number): { key: string; deadlineMs: number; timer: GroupTimer } | undefined {
    let next: { key: string; deadlineMs: number; timer: GroupTimer } | undefined
    for (const [key, { deadlineMs, timer }] of this.#timers) {
      if (deadlineMs <= endMs && (next === undefined || deadlineMs < next.deadlineMs)) next = { key, deadlineMs, timer }
    }
    return next
  }
}
