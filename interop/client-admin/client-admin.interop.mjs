// The admin client of @millrace/client. Its own tests run against the broker; the rest is what they leave out, because not
// every broker serves it: access, quotas, credentials, moves of replicas, transactions, features, newer kinds of groups.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { KafkaAdminClient, KafkaError } from '../../packages/client/dist/index.js'
import { rawCluster } from '../../packages/client/dist/testing/raw-requests.js'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram, until } from '../lib/programs.mjs'
import { controllers } from './controllers.mjs'
import { delegationTokens, saslListener } from './delegation-tokens.mjs'
import { groupsOfNewKinds } from './new-groups.mjs'
import { transactions } from './transactions.mjs'

const isOurs = target === 'millrace'
const isKraft = target === 'apache-3.9-kraft' || target === 'apache-4.x'
const is25 = target === 'apache-2.5'

/** Their offsets are in a topic of their own, which has three replicas by default. */
const shareGroups = {
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 2,
}

const sasl = await saslListener(isKraft)
let dirs = ''
const broker = await brokerForFile(
  { after },
  {
    prepare: async (home) => {
      mkdirSync(join(home, 'data2'))
      dirs = `${join(home, 'data')},${join(home, 'data2')}`
    },
    properties: (port) => (isOurs ? {} : { ...sasl.properties(port), ...apacheProperties() }),
  },
)
const admin = new KafkaAdminClient({ 'bootstrap.servers': broker.bootstrap, 'default.api.timeout.ms': 20_000 })
const raw = rawCluster(broker.bootstrap)
after(async () => {
  raw.close()
  await admin.close()
})

function apacheProperties() {
  const authorizer = isKraft
    ? 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
    : 'kafka.security.authorizer.AclAuthorizer'
  const forShares = target === 'apache-4.x' ? shareGroups : {}
  return { ...forShares, 'log.dirs': dirs, 'authorizer.class.name': authorizer, 'super.users': 'User:ANONYMOUS' }
}

const hasCode = (code) => (error) => {
  assert.ok(error instanceof KafkaError, String(error))
  assert.equal(error.code, code, error.message)
  return true
}
const codes = (settled) => [...settled.values()].map((outcome) => outcome.error?.code)

/** Where the broker serves it, `use`; elsewhere each of `calls` is UNSUPPORTED_VERSION. */
async function served(isServed, calls, use) {
  if (isServed) return await use()
  for (const call of calls) await assert.rejects(async () => await call(), hasCode('UNSUPPORTED_VERSION'), String(call))
}

test('its own tests', async () => {
  const file = join(rootDir, 'packages/client/dist/admin/kafka-admin-client.test.js')
  // Not as a part of this run: Node would skip it.
  const env = {
    MILLRACE_TEST_BOOTSTRAP: broker.bootstrap,
    NODE_TEST_CONTEXT: undefined,
    MILLRACE_TEST_KAFKA: is25 ? '2.5' : '',
  }
  const { stdout, stderr } = await runProgram('node', ['--test', file], { env })
  assert.match(stdout, /^# fail 0$/m, stdout + stderr)
  assert.doesNotMatch(stdout, /^# pass 0$/m)
})

test('access control entries: made, found by filters, deleted', async () => {
  const entry = { principal: 'User:alice', operation: 'READ', permissionType: 'ALLOW' }
  const literal = { pattern: { resourceType: 'TOPIC', name: 'orders' }, entry }
  const prefixed = {
    pattern: { resourceType: 'GROUP', name: 'app-', patternType: 'PREFIXED' },
    entry: { ...entry, host: '10.0.0.1', permissionType: 'DENY' },
  }
  const calls = [() => admin.createAcls([literal]), () => admin.describeAcls(), () => admin.deleteAcls([{}])]
  await served(!isOurs, calls, async () => {
    const wrong = { pattern: { resourceType: 'TOPIC', name: 'x' }, entry: { ...entry, principal: 'alice' } }
    const created = await admin.createAcls([literal, wrong, prefixed]).settled()
    assert.deepEqual([created.get(literal)?.error, created.get(prefixed)?.error], [undefined, undefined])
    assert.notEqual(created.get(wrong)?.error, undefined)
    const whole = {
      pattern: { resourceType: 'TOPIC', name: 'orders', patternType: 'LITERAL' },
      entry: { ...entry, host: '*' },
    }
    assert.deepEqual(await admin.describeAcls({ patternFilter: { resourceType: 'TOPIC' } }), [whole])
    assert.deepEqual(await admin.describeAcls({ entryFilter: { permissionType: 'DENY' } }), [prefixed])
    const matching = { patternFilter: { resourceType: 'GROUP', name: 'app-1', patternType: 'MATCH' } }
    assert.deepEqual(await admin.describeAcls(matching), [prefixed])
    assert.equal((await admin.describeAcls()).length, 2)
    const none = { entryFilter: { principal: 'User:nobody' } }
    const deleted = await admin.deleteAcls([{ entryFilter: { principal: 'User:alice' } }, none])
    assert.deepEqual(
      [...deleted.values()].map((acls) => acls.length),
      [2, 0],
    )
    assert.deepEqual(await admin.describeAcls(), [])
  })
})

test('quotas of clients: set, found by filters, removed', async () => {
  const [alice, fallback] = [{ user: 'alice', 'client-id': 'app' }, { user: null }]
  const alterations = [
    { entity: alice, ops: { producer_byte_rate: 1024, consumer_byte_rate: 2048 } },
    { entity: fallback, ops: { request_percentage: 50 } },
  ]
  const calls = [() => admin.alterClientQuotas(alterations), () => admin.describeClientQuotas({ components: {} })]
  await served(!isOurs && !is25, calls, async () => {
    const wrong = { entity: { user: 'bob' }, ops: { nonsense: 1 } }
    const settled = await admin.alterClientQuotas([...alterations, wrong]).settled()
    assert.deepEqual(codes(settled), [undefined, undefined, 'INVALID_REQUEST'])
    const of = async (filter) => {
      const quotas = await admin.describeClientQuotas(filter)
      return quotas.map(({ entity, quotas: values }) => [entity, Object.fromEntries(values)])
    }
    const alices = [[alice, { producer_byte_rate: 1024, consumer_byte_rate: 2048 }]]
    const eventually = async (filter, expected) => {
      for (let tries = 0; tries < 50; tries++) {
        if (JSON.stringify(await of(filter)) === JSON.stringify(expected)) break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      assert.deepEqual(await of(filter), expected)
    }
    await eventually({ components: { user: 'alice', 'client-id': { any: true } } }, alices)
    await eventually({ components: { user: null }, strict: true }, [[fallback, { request_percentage: 50 }]])
    await admin.alterClientQuotas([
      { entity: alice, ops: { producer_byte_rate: null, consumer_byte_rate: null } },
      { entity: fallback, ops: { request_percentage: null } },
    ])
    await eventually({ components: {} }, [])
  })
})

test('SCRAM credentials: set, described, removed', async () => {
  const set = { user: 'carol', mechanism: 'SCRAM-SHA-256', password: 'secret', iterations: 8192 }
  const calls = [() => admin.alterUserScramCredentials([set]), () => admin.describeUserScramCredentials()]
  // With KRaft they came in 3.5, without it in 2.7.
  await served(!isOurs && !is25, calls, async () => {
    const few = { user: 'dave', mechanism: 'SCRAM-SHA-512', password: 'x', iterations: 1 }
    assert.deepEqual(codes(await admin.alterUserScramCredentials([set, few]).settled()), [
      undefined,
      'UNACCEPTABLE_CREDENTIAL',
    ])
    const described = await eventuallyHas(() => admin.describeUserScramCredentials(), 'carol')
    assert.deepEqual(described.get('carol'), [{ mechanism: 'SCRAM-SHA-256', iterations: 8192 }])
    assert.deepEqual(codes(await admin.describeUserScramCredentials(['nobody']).settled()), ['RESOURCE_NOT_FOUND'])
    await admin.alterUserScramCredentials([{ user: 'carol', mechanism: 'SCRAM-SHA-256' }])
  })
})

async function eventuallyHas(ask, key) {
  for (let tries = 0; tries < 50; tries++) {
    const map = await ask()
    if (map.has(key)) return map
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${key} does not appear`)
}

test('moves of replicas to other brokers, and elections', async () => {
  await admin.createTopics([{ name: 'moving', numPartitions: 2, replicationFactor: 1 }])
  const [zero, one] = [0, 1].map((partition) => ({ topic: 'moving', partition }))
  await served(!isOurs, [() => admin.alterPartitionReassignments([[zero, [0]]])], async () => {
    const moved = await admin
      .alterPartitionReassignments([
        [zero, [9]],
        [one, null],
      ])
      .settled()
    assert.deepEqual(
      [moved.get(zero).error?.code, moved.get(one).error?.code],
      ['INVALID_REPLICA_ASSIGNMENT', 'NO_REASSIGNMENT_IN_PROGRESS'],
    )
    assert.equal((await admin.listPartitionReassignments([zero])).size, 0)
  })
  await served(!isOurs, [() => admin.electLeaders('PREFERRED', [zero])], async () => {
    const elected = await admin.electLeaders('PREFERRED', [zero, { topic: 'no', partition: 0 }]).settled()
    assert.deepEqual([...elected].map(([{ topic }, { error }]) => [topic, error?.code]).sort(), [
      ['moving', 'ELECTION_NOT_NEEDED'],
      ['no', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ])
    assert.equal((await admin.electLeaders('UNCLEAN')).size, 0)
  })
})

test('moves of replicas to other log directories', async () => {
  await admin.createTopics([{ name: 'dirs', numPartitions: 1, replicationFactor: 1 }])
  const replica = { topic: 'dirs', partition: 0, brokerId: 0 }
  await served(!isOurs, [() => admin.alterReplicaLogDirs([[replica, '/x']])], async () => {
    const before = (await admin.describeReplicaLogDirs([replica])).get(replica).currentReplicaLogDir
    const other = dirs.split(',').find((dir) => dir !== before)
    const unknown = await admin.alterReplicaLogDirs([[replica, '/no/such']]).settled()
    assert.deepEqual(codes(unknown), ['LOG_DIR_NOT_FOUND'])
    await admin.alterReplicaLogDirs([[replica, other]])
    let now
    for (let tries = 0; tries < 200 && now !== other; tries++) {
      now = (await admin.describeReplicaLogDirs([replica])).get(replica).currentReplicaLogDir
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.equal(now, other)
  })
})

test('features, and the quorum', async () => {
  const { finalizedFeatures, supportedFeatures, finalizedFeaturesEpoch } = await admin.describeFeatures()
  if (isKraft) {
    assert.ok(finalizedFeatures.get('metadata.version').max > 5)
    assert.ok(supportedFeatures.get('metadata.version').max >= finalizedFeatures.get('metadata.version').max)
    assert.ok(finalizedFeaturesEpoch > 0)
    const level = finalizedFeatures.get('metadata.version').max
    const wrong = admin.updateFeatures([['metadata.version', { maxVersionLevel: level + 90 }]], { validateOnly: true })
    assert.notDeepEqual(codes(await wrong.settled()), [undefined])
    const quorum = await admin.describeMetadataQuorum()
    assert.deepEqual([quorum.leaderId, quorum.voters.map(({ replicaId }) => replicaId)], [0, [0]])
    assert.ok(quorum.highWatermark > 0)
    await assert.rejects(admin.unregisterBroker(77), hasCode('BROKER_ID_NOT_REGISTERED'))
    const voter = { voterId: 9, voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    await assert.rejects(admin.removeRaftVoter(voter), KafkaError)
    const endpoints = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }]
    await assert.rejects(admin.addRaftVoter({ ...voter, endpoints }), KafkaError)
  } else {
    await assert.rejects(admin.describeMetadataQuorum(), hasCode('UNSUPPORTED_VERSION'))
    await assert.rejects(admin.unregisterBroker(77), hasCode('UNSUPPORTED_VERSION'))
  }
})

test('resources that have a configuration', async () => {
  const metricsOnly = () => admin.listConfigResources({ types: ['CLIENT_METRICS'] })
  const deprecated = () => admin.listClientMetricsResources()
  await served(isKraft, [metricsOnly, deprecated], async () => {
    const name = 'all-of-it'
    const set = { name: 'interval.ms', value: '60000', op: 'SET' }
    await admin.incrementalAlterConfigs([{ resource: { type: 'CLIENT_METRICS', name }, ops: [set] }])
    for (const list of [metricsOnly, deprecated]) {
      await eventuallyHas(async () => new Map((await list()).map((one) => [one.name, one])), name)
      assert.deepEqual(await list(), [{ type: 'CLIENT_METRICS', name }])
    }
  })
  const all = () => admin.listConfigResources()
  await served(target === 'apache-4.x', [all], async () => {
    assert.ok((await all()).some(({ type, name }) => type === 'BROKER' && name === '0'))
  })
})

test('delegation tokens need another listener', async () => {
  const calls = [() => admin.createDelegationToken(), () => admin.describeDelegationToken()]
  await served(!isOurs, calls, async () => {
    for (const call of [...calls, () => admin.renewDelegationToken(Buffer.from('x'))]) {
      await assert.rejects(call, (error) => /^DELEGATION_TOKEN_/.test(error.code))
    }
  })
})

test('delegation tokens: made, found, renewed, ended', { skip: isOurs }, (t) => delegationTokens(t, sasl.bootstrap))

test('controllers alone, by bootstrap.controllers', { skip: !isKraft }, (t) =>
  controllers(t, { broker: broker.bootstrap, controller: sasl.controller, hasCode }),
)

test('whole configurations are replaced', async () => {
  await admin.createTopics([
    { name: 'replaced', replicationFactor: 1, numPartitions: 1, configs: { 'segment.ms': '1000' } },
  ])
  const resource = { type: 'TOPIC', name: 'replaced' }
  await admin.alterConfigs([{ resource, configs: { 'retention.ms': '77' } }])
  const valuesOf = async () => {
    const config = (await admin.describeConfigs([resource])).get('replaced')
    return ['retention.ms', 'segment.ms'].map((name) => config.get(name).value).join()
  }
  // A broker of a KRaft cluster hears of it from the controller, a moment later.
  const isReplaced = async () => (await valuesOf()) === '77,604800000'
  await until(isReplaced, { what: 'the broker to have the new configuration', timeoutMs: 10_000 })
})

test('transactions', (t) => transactions({ t, admin, raw, served, hasCode, isOurs, is25 }))
test('groups of newer kinds', (t) => groupsOfNewKinds({ t, admin, raw, hasCode, target }))
