/**
 * Random members against one group: whatever they do, in whatever order, the group keeps its invariants, says why it
 * removes whom, answers everybody in the end, and is the same after a reload from the log.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Asked, errorName, GROUP, GroupDriver, subscriptionOf } from '../../testing/group-driver.js'
import type { JoinGroupOutput, SyncGroupOutput } from './group-messages.js'

const CLIENTS = 5
const PROTOCOL_CHOICES = [
  ['range', 'roundrobin'],
  ['roundrobin', 'range'],
  ['range'],
  // Shares nothing with the one before: some joins must be refused.
  ['sticky', 'roundrobin'],
]

const client = fc.nat({ max: CLIENTS - 1 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('join' as const), client, protocols: fc.nat({ max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sync' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('heartbeat' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), client, offset: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), client }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clean up' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Client {
  readonly groupInstanceId: string | null
  memberId: string
  generationId: number
  join: Asked<JoinGroupOutput> | undefined
  sync: Asked<SyncGroupOutput> | undefined
  assignment: string | undefined
}

class Simulation {
  driver: GroupDriver
  readonly clients: Client[]
  #asked: Asked<unknown>[] = []
  #members = new Set<string>()
  #generationId = 0
  #notesSeen = 0

  constructor() {
    this.driver = new GroupDriver({ groupMaxSize: 4 })
    this.driver.onDecision = () => this.#check()
    this.clients = Array.from({ length: CLIENTS }, (_, index) => ({
      groupInstanceId: index < 2 ? `instance-${index}` : null,
      memberId: '',
      generationId: -1,
      join: undefined,
      sync: undefined,
      assignment: undefined,
    }))
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'wait':
        this.driver.advance(step.ms)
        break
      case 'clean up':
        this.driver.run(() => this.driver.shard.cleanUp(this.driver.shard.groupIds(), this.driver.nowMs))
        break
      case 'reload':
        this.reload()
        break
      default:
        this.#act(step)
    }
    this.#hear()
  }

  /** The coordinator moves: requests in flight fail, and members find the new one. */
  reload(): void {
    this.driver = this.driver.reload()
    this.#asked = []
    this.#generationId = 0
    this.#members = this.#memberIds()
    this.#notesSeen = this.driver.notes.length
    for (const each of this.clients) Object.assign(each, { join: undefined, sync: undefined })
    this.driver.onDecision = () => this.#check()
  }

  #act(step: Extract<Step, { client: number }>): void {
    const actor = this.clients[step.client]
    assert(actor !== undefined)
    const { memberId, generationId, groupInstanceId } = actor
    switch (step.kind) {
      case 'join':
        this.join(actor, step.protocols)
        break
      case 'sync':
        if (memberId !== '') this.sync(actor)
        break
      case 'heartbeat':
        this.#obey(actor, this.driver.heartbeat(memberId, generationId, groupInstanceId))
        break
      case 'commit': {
        const identity = { memberId, generationId, ...(groupInstanceId === null ? {} : { groupInstanceId }) }
        this.#obey(actor, this.driver.commit(step.offset, identity))
        break
      }
      case 'leave':
        this.driver.leave({ memberId, groupInstanceId })
        Object.assign(actor, { memberId: '', join: undefined, sync: undefined })
        break
      case 'restart':
        Object.assign(actor, { memberId: '', generationId: -1, join: undefined, sync: undefined })
        break
    }
  }

  join(actor: Client, choice: number): void {
    const protocols = (PROTOCOL_CHOICES[choice] ?? []).map((name) => ({ name, metadata: subscriptionOf('orders') }))
    const { memberId, groupInstanceId } = actor
    actor.sync = undefined
    actor.join = this.driver.join({ memberId, groupInstanceId, protocols, rebalanceTimeoutMs: 20_000 })
    this.#asked.push(actor.join)
  }

  sync(actor: Client): void {
    const { memberId, generationId, groupInstanceId } = actor
    const members = this.driver.shard.group(GROUP)?.members() ?? []
    const assignments = Array.from(members, (each) => ({
      memberId: each.memberId,
      assignment: Buffer.from(`${generationId}:${each.memberId}`),
    }))
    actor.sync = this.driver.sync(memberId, generationId, { groupInstanceId, assignments })
    this.#asked.push(actor.sync)
  }

  /** Clients take notice of the answers they have got. */
  #hear(): void {
    this.#asked = this.#asked.filter((asked) => asked.isParked)
    for (const each of this.clients) {
      if (each.join !== undefined && !each.join.isParked) {
        const { errorCode, memberId, generationId } = each.join.reply
        each.join = undefined
        const error = errorName(errorCode)
        if (error === 'NONE') Object.assign(each, { memberId, generationId })
        else if (error === 'MEMBER_ID_REQUIRED') Object.assign(each, { memberId, generationId: -1 })
        else this.#obey(each, error)
      }
      if (each.sync !== undefined && !each.sync.isParked) {
        const { errorCode, assignment } = each.sync.reply
        each.sync = undefined
        if (errorCode === 0) each.assignment = assignment.toString()
        else this.#obey(each, errorName(errorCode))
      }
    }
  }

  #obey(actor: Client, error: string): void {
    // Clients take this for fatal and close, which lets the others agree on a protocol.
    if (error === 'INCONSISTENT_GROUP_PROTOCOL') {
      this.driver.leave(actor)
      Object.assign(actor, { memberId: '', generationId: -1 })
    }
    if (error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID')
      Object.assign(actor, { memberId: '', generationId: -1 })
  }

  #memberIds(): Set<string> {
    const members = this.driver.shard.group(GROUP)?.members() ?? []
    return new Set(Array.from(members, ({ memberId }) => memberId))
  }

  /** After every decision. */
  #check(): void {
    const { driver } = this
    const said = driver.notes.slice(this.#notesSeen).join('\n')
    this.#notesSeen = driver.notes.length
    const members = this.#memberIds()
    for (const memberId of this.#members) {
      assert(members.has(memberId) || said.includes(memberId), `member ${memberId} was lost silently`)
    }
    this.#members = members
    const group = driver.shard.group(GROUP)
    if (group === undefined) {
      this.#generationId = 0
      return
    }
    assert(group.generationId >= this.#generationId, 'the generation never falls')
    this.#generationId = group.generationId
    assert.equal(group.size > 0, group.leaderId !== null)
    if (group.leaderId !== null) assert(members.has(group.leaderId), 'the leader is a member')
    const parked = [...group.members()].filter(({ awaitingJoin }) => awaitingJoin !== null)
    assert.equal(parked.length, group.roster.awaitingJoinCount)
    assert(group.state === 'PreparingRebalance' || parked.length === 0, 'joins are parked while preparing only')
    if (group.state === 'Stable') {
      const durable = group.metadata?.members.map(({ memberId, assignment }) => `${memberId}=${assignment}`)
      assert.deepEqual(
        Array.from(group.members(), ({ memberId, assignment }) => `${memberId}=${assignment}`),
        durable,
      )
      assert.equal(group.metadata?.leader, group.leaderId)
      assert.equal(group.metadata?.generation, group.generationId)
    }
  }

  /** Requests that nobody answers any more would hang for ever. */
  checkNobodyIsForgotten(): void {
    const waiting = new Set<number>()
    for (const { awaitingJoin, awaitingSync } of this.driver.shard.group(GROUP)?.members() ?? []) {
      if (awaitingJoin !== null) waiting.add(awaitingJoin)
      if (awaitingSync !== null) waiting.add(awaitingSync)
    }
    for (const asked of this.#asked) {
      if (asked.isParked) assert(waiting.has(asked.token), `request ${asked.token} is parked and nobody knows of it`)
    }
  }

  checkReload(): void {
    const { shard } = this.driver
    const reloaded = this.driver.reload()
    for (const groupId of new Set([...shard.groupIds(), ...reloaded.shard.groupIds()])) {
      const group = shard.group(groupId)
      const copy = reloaded.shard.group(groupId)
      assert.deepEqual(copy?.metadata, group?.metadata)
      if (group?.state === 'Stable') {
        assert.deepEqual(
          [copy?.state, copy?.generationId, copy?.leaderId],
          ['Stable', group.generationId, group.leaderId],
        )
        assert.equal(copy?.isSubscribedToTopic('orders'), group.isSubscribedToTopic('orders'))
      }
      assert.deepEqual([...reloaded.shard.offsets.entriesOf(groupId)], [...shard.offsets.entriesOf(groupId)])
    }
  }

  /** From now on some clients behave: they must end up with the assignment of their leader. */
  checkConvergence(): void {
    const active = this.clients.slice(0, 4)
    for (const each of active) Object.assign(each, { join: undefined, sync: undefined, generationId: -1 })
    for (let round = 0; round < 60; round++) {
      this.driver.advance(1_000)
      this.#hear()
      for (const each of active) this.#behave(each)
      this.#hear()
      const group = this.driver.shard.group(GROUP)
      const generationId = group?.generationId
      const isSettled = active.every(
        (each) => each.generationId === generationId && each.assignment === `${generationId}:${each.memberId}`,
      )
      if (group?.state === 'Stable' && group.size === active.length && isSettled) return
    }
    const clients = active.map(({ memberId, generationId, assignment }) => `${memberId} ${generationId} ${assignment}`)
    assert.fail(`the group did not settle: ${[...this.driver.notes.slice(-10), ...clients].join('\n')}`)
  }

  #behave(each: Client): void {
    if (each.join !== undefined || each.sync !== undefined) return
    if (each.generationId < 0) {
      this.join(each, 0)
      return
    }
    const error = this.driver.heartbeat(each.memberId, each.generationId, each.groupInstanceId)
    this.#obey(each, error)
    if (error !== 'NONE') this.join(each, 0)
    else if (each.assignment !== `${each.generationId}:${each.memberId}`) this.sync(each)
  }
}

test('any sequence of requests, waits and reloads keeps the invariants of a group', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
      const simulation = new Simulation()
      for (const each of steps) {
        simulation.run(each)
        simulation.checkNobodyIsForgotten()
      }
      simulation.checkReload()
      simulation.checkConvergence()
      simulation.checkReload()
    }),
    { numRuns: 300, includeErrorInReport: true },
  )
})
