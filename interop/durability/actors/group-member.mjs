// A member of a classic group: it joins, commits one offset after the other, beats, leaves, joins again, beside others of
// the same group. After a restart its offsets are there, and a member that had settled down is still one.
import assert from 'node:assert/strict'
import { apis, ErrorCode } from '../../lib/raw.mjs'
import { Actor, expectNone } from './actor.mjs'

const rebalancing = new Set([ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION])
/** Commits between two departures, about. */
const stay = 40

export class GroupMemberActor extends Actor {
  #groupId
  #topic
  #partition
  #memberId = ''
  #generation = -1
  /** Whether the last answer said that it belongs to the group, and nothing was asked since that could change it. */
  #isSettled = false
  #sent = -1
  #answered = -1

  constructor(name, random, groupId, topic, partition) {
    super(name, random)
    this.#groupId = groupId
    this.#topic = topic
    this.#partition = partition
  }

  async act(connect) {
    const client = await connect()
    if (!this.#isSettled) await this.#join(client)
    for (;;) {
      const isMember = this.random.chance(0.2) ? await this.#heartbeat(client) : await this.#commit(client)
      if (!isMember) await this.#join(client)
      else if (this.random.chance(1 / stay)) {
        await this.#leave(client)
        await this.#join(client)
      }
    }
  }

  async verify(client, when, { groupsHaveMoved }) {
    const { groups } = await client.call(apis.OffsetFetch, 8, {
      groups: [{ groupId: this.#groupId, topics: [{ name: this.#topic, partitionIndexes: [this.#partition] }] }],
    })
    expectNone(`${when}: offsets of ${this.#groupId}`, groups[0].errorCode)
    const { committedOffset } = groups[0].topics[0].partitions[0]
    const at = `${when}: ${this.name} has committed`
    assert.ok(committedOffset >= this.#answered, `${at} ${this.#answered}, and there is ${committedOffset}`)
    assert.ok(committedOffset <= this.#sent, `${at} up to ${this.#sent}, and there is ${committedOffset}`)
    this.#answered = committedOffset
    if (!this.#isSettled || groupsHaveMoved) return
    const { errorCode } = await client.call(apis.Heartbeat, 4, this.#identity())
    const known = errorCode === ErrorCode.NONE || rebalancing.has(errorCode)
    assert.ok(known, `${when}: ${this.name} is not known any more (${errorCode})`)
  }

  #identity() {
    return { groupId: this.#groupId, generationId: this.#generation, memberId: this.#memberId }
  }

  /** Joins until a generation holds. */
  async #join(client) {
    this.#isSettled = false
    for (;;) {
      const joined = await client.call(apis.JoinGroup, 5, {
        groupId: this.#groupId,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 2000,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.from('subscription') }],
      })
      if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId
      else if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
      else {
        expectNone('JoinGroup', joined.errorCode)
        this.#memberId = joined.memberId
        this.#generation = joined.generationId
        if (await this.#sync(client, joined)) return
      }
    }
  }

  async #sync(client, { leader, members }) {
    const isLeader = leader === this.#memberId
    const assignments = isLeader ? members.map(({ memberId }) => ({ memberId, assignment: Buffer.from(memberId) })) : []
    const { errorCode, assignment } = await client.call(apis.SyncGroup, 3, { ...this.#identity(), assignments })
    if (!this.#takes(errorCode, 'SyncGroup')) return false
    assert.equal(assignment.toString(), this.#memberId, `${this.name} was given another's assignment`)
    return true
  }

  async #heartbeat(client) {
    const { errorCode } = await client.call(apis.Heartbeat, 4, this.#identity())
    return this.#takes(errorCode, 'Heartbeat')
  }

  async #commit(client) {
    this.#sent++
    const { topics } = await client.call(apis.OffsetCommit, 8, {
      groupId: this.#groupId,
      generationIdOrMemberEpoch: this.#generation,
      memberId: this.#memberId,
      topics: [
        {
          name: this.#topic,
          partitions: [{ partitionIndex: this.#partition, committedOffset: this.#sent, committedMetadata: this.name }],
        },
      ],
    })
    const { errorCode } = topics[0].partitions[0]
    if (errorCode === ErrorCode.NONE) {
      this.#answered = this.#sent
      this.acknowledged++
    }
    return this.#takes(errorCode, 'OffsetCommit')
  }

  async #leave(client) {
    this.#isSettled = false
    const { errorCode } = await client.call(apis.LeaveGroup, 2, { groupId: this.#groupId, memberId: this.#memberId })
    if (errorCode !== ErrorCode.UNKNOWN_MEMBER_ID) expectNone('LeaveGroup', errorCode)
    this.#memberId = ''
  }

  /** Whether the answer says that it is a member of this generation. */
  #takes(errorCode, what) {
    this.#isSettled = errorCode === ErrorCode.NONE
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) {
      this.#memberId = ''
      return false
    }
    if (rebalancing.has(errorCode)) return false
    expectNone(what, errorCode)
    return true
  }
}
