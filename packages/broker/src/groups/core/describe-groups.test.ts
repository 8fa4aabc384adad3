import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorName, GROUP, GroupDriver, subscriptionOf } from '../../testing/group-driver.js'

test('describe: a group that does not exist is Dead up to v5, and an error in v6', () => {
  const { shard } = new GroupDriver()
  const [v5] = shard.describeGroups(['x'], 5)
  const [v6] = shard.describeGroups(['x'], 6)
  assert.deepEqual([v5?.errorCode, v5?.groupState, v5?.errorMessage], [0, 'Dead', null])
  assert.equal(errorName(v6?.errorCode ?? 0), 'GROUP_ID_NOT_FOUND')
  assert.deepEqual([v6?.groupState, v6?.errorMessage], ['Dead', 'Group x not found.'])
})

test('describe: a stable group shows subscriptions and assignments, a rebalancing one no subscriptions', () => {
  const driver = new GroupDriver()
  const [memberId = ''] = driver.stableGroup(1, { clientId: 'app' }).memberIds
  const [stable] = driver.shard.describeGroups([GROUP], 5)
  assert.deepEqual(stable, {
    errorCode: 0,
    errorMessage: null,
    groupId: GROUP,
    groupState: 'Stable',
    protocolType: 'consumer',
    protocolData: 'range',
    members: [
      {
        memberId,
        groupInstanceId: null,
        clientId: 'app',
        clientHost: '/127.0.0.1',
        memberMetadata: subscriptionOf('orders'),
        memberAssignment: Buffer.from(memberId),
      },
    ],
  })
  driver.joinWithId()
  const [rebalancing] = driver.shard.describeGroups([GROUP], 5)
  assert.deepEqual([rebalancing?.groupState, rebalancing?.protocolData], ['PreparingRebalance', ''])
  assert.equal(rebalancing?.members[0]?.memberMetadata.length, 0)
})

test('list: by state and type, whatever their case', () => {
  const driver = new GroupDriver()
  driver.stableGroup(1)
  driver.commit(1, { groupId: 'simple' })
  const list = (statesFilter: string[], typesFilter: string[] = []) =>
    driver.shard.listGroups({ statesFilter, typesFilter }).map(({ groupId }) => groupId)
  assert.deepEqual(list([]), [GROUP, 'simple'])
  assert.deepEqual(list(['stable']), [GROUP])
  assert.deepEqual(list(['EMPTY', ' Stable ']), [GROUP, 'simple'])
  assert.deepEqual(list(['Unknown']), [])
  assert.deepEqual(list([], ['Classic']), [GROUP, 'simple'])
  assert.deepEqual(list([], ['consumer']), [])
  assert.deepEqual(driver.shard.listGroups({})[0], {
    groupId: GROUP,
    protocolType: 'consumer',
    groupState: 'Stable',
    groupType: 'classic',
  })
})
