// One member of a group of its own, which beats only when it is told to.
import assert from 'node:assert/strict'
import { apis, ErrorCode, errorName, findCoordinator } from '../lib/raw.mjs'

export class GroupSeat {
  #client
  #identity

  constructor(client, identity) {
    this.#client = client
    this.#identity = identity
  }

  /** Joins as the only member; resolves once the generation stands. */
  static async take(client, groupId, { sessionTimeoutMs }) {
    await findCoordinator(client, groupId)
    const request = { groupId, sessionTimeoutMs, rebalanceTimeoutMs: sessionTimeoutMs, protocolType: 'consumer' }
    const protocols = [{ name: 'range', metadata: Buffer.from('subscription') }]
    const { memberId } = await client.call(apis.JoinGroup, 5, { ...request, memberId: '', protocols })
    const joined = await client.call(apis.JoinGroup, 5, { ...request, memberId, protocols })
    assert.equal(joined.errorCode, ErrorCode.NONE, errorName(joined.errorCode))
    const identity = { groupId, generationId: joined.generationId, memberId }
    const assignments = [{ memberId, assignment: Buffer.from('all') }]
    const synced = await client.call(apis.SyncGroup, 3, { ...identity, assignments })
    assert.equal(synced.errorCode, ErrorCode.NONE, errorName(synced.errorCode))
    return new GroupSeat(client, identity)
  }

  /** Resolves to the error code. */
  async heartbeat() {
    return (await this.#client.call(apis.Heartbeat, 4, this.#identity)).errorCode
  }

  /** Over another connection, after a restart for instance. */
  moveTo(client) {
    this.#client = client
  }
}
