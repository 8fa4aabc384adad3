/** The driver with a cluster that only exists on paper, and a clock that only it moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis } from '@millrace/protocol'
import { KafkaError, type KafkaErrorCode } from '../errors.js'
import { adminFixture } from '../testing/admin-fixture.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { KafkaAggregateError, type Outcome } from './admin-result.js'
import type { Answer, Plan } from './driver.js'
import { coordinator, coordinatorMoves, fixed, leader, named } from './locators.js'

const failed = (code: KafkaErrorCode): { readonly error: KafkaError } => ({ error: new KafkaError(code) })
const summary = <K>(outcomes: Map<K, Outcome<unknown>>) =>
  [...outcomes].map(([key, one]) => [key, 'error' in one ? one.error.code : one.value])

/** Whom a plan asked, and about what, round by round. */
function recording<K>(answer: (key: K, round: number, target: unknown) => Answer<unknown>) {
  const rounds: [unknown, readonly K[]][] = []
  const ask: Plan<K, unknown>['ask'] = async (_call, target, keys) => {
    rounds.push([target, keys])
    return keys.map((key) => [key, answer(key, rounds.length, target)] as const)
  }
  return { rounds, ask }
}

test('one request to each broker, for all that it answers for; outcomes in the order of the keys', async () => {
  const { driver } = adminFixture()
  const { rounds, ask } = recording<number>((key) => ({ value: key * 10 }))
  const result = driver.each('x', {}, () => ({ keys: [1, 2, 3, 4], locator: named<number>((key) => key % 2), ask }))
  assert.deepEqual(
    [...(await result)],
    [
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ],
  )
  assert.deepEqual(rounds, [
    [1, [1, 3]],
    [0, [2, 4]],
  ])
})

test('only what failed in a way that passes is asked about again, after pauses that grow', async () => {
  const { driver, slept } = adminFixture()
  const { rounds, ask } = recording<string>((key, round) => {
    if (key === 'slow') return round < 3 ? failed('COORDINATOR_LOAD_IN_PROGRESS') : { value: round }
    return key === 'bad' ? failed('GROUP_AUTHORIZATION_FAILED') : { value: round }
  })
  const outcomes = driver.each('x', {}, () => ({
    keys: ['good', 'slow', 'bad'],
    locator: fixed<string>('any'),
    ask,
    passes: coordinatorMoves,
  }))
  assert.deepEqual(summary(await outcomes.settled()), [
    ['good', 1],
    ['slow', 3],
    ['bad', 'GROUP_AUTHORIZATION_FAILED'],
  ])
  assert.deepEqual(
    rounds.map(([, keys]) => keys),
    [['good', 'slow', 'bad'], ['slow'], ['slow']],
  )
  assert.deepEqual(slept, [100, 200])
})

test('the controller moves: it is looked up again', async () => {
  const { driver, updates } = adminFixture()
  const { ask } = recording<string>((_key, round) => (round === 1 ? failed('NOT_CONTROLLER') : { value: 'done' }))
  const passes = ({ code }: KafkaError) => code === 'NOT_CONTROLLER'
  const result = driver.each('x', {}, () => ({ keys: ['a'], locator: fixed<string>('controller'), ask, passes }))
  assert.equal((await result).get('a'), 'done')
  assert.deepEqual(updates, ['controller NOT_CONTROLLER'])
})

test('a broker that cannot be reached fails its own entities only, and is tried again; metadata too', async () => {
  const { driver, updates } = adminFixture()
  let tries = 0
  const ask: Plan<number, string>['ask'] = async (_call, target, keys) => {
    if (target === 1 && ++tries < 3) throw new KafkaError('NETWORK_EXCEPTION')
    return keys.map((key) => [key, { value: `from ${String(target)}` }] as const)
  }
  const result = driver.each('x', {}, () => ({ keys: [0, 1], locator: named<number>((key) => key), ask }))
  assert.deepEqual([...(await result).values()], ['from 0', 'from 1'])
  assert.deepEqual([tries, updates], [3, ['metadata', 'metadata']])
})

test('an error that does not pass fails all entities of that request, and no other', async () => {
  const { driver } = adminFixture()
  const ask: Plan<number, string>['ask'] = async (_call, target, keys) => {
    if (target === 1) throw new KafkaError('UNSUPPORTED_VERSION')
    return keys.map((key) => [key, { value: 'ok' }] as const)
  }
  const settled = driver.each('x', {}, () => ({ keys: [0, 1], locator: named<number>((key) => key), ask })).settled()
  assert.deepEqual(summary(await settled), [
    [0, 'ok'],
    [1, 'UNSUPPORTED_VERSION'],
  ])
})

test('when the time is over: TIMEOUT for what is left, with its last error; the rest keeps its outcome', async () => {
  const { driver } = adminFixture()
  const { ask } = recording<string>((key) => (key === 'good' ? { value: 1 } : failed('NOT_COORDINATOR')))
  const locator = fixed<string>('any')
  const plan = () => ({ keys: ['good', 'never'], locator, ask, passes: coordinatorMoves })
  const outcomes = await driver.each('x', { timeoutMs: 10_000 }, plan).settled()
  const left = outcomes.get('never')
  assert.ok(left !== undefined && 'error' in left)
  assert.deepEqual([left.error.code, (left.error.cause as KafkaError).code], ['TIMEOUT', 'NOT_COORDINATOR'])
  assert.deepEqual(outcomes.get('good'), { value: 1 })
  await assert.rejects(driver.each('x', { timeoutMs: 10_000 }, plan), KafkaAggregateError)
})

test('retries are bounded by their number too: the last error is the outcome', async () => {
  const { driver } = adminFixture({ retries: 2 })
  const { rounds, ask } = recording<string>(() => failed('NOT_COORDINATOR'))
  const plan = () => ({ keys: ['a'], locator: fixed<string>('any'), ask, passes: coordinatorMoves })
  assert.deepEqual(summary(await driver.each('x', {}, plan).settled()), [['a', 'NOT_COORDINATOR']])
  assert.equal(rounds.length, 3)
})

test('what a quota throttles waits as long as the broker says', async () => {
  const { driver, slept } = adminFixture()
  const { ask } = recording<string>((_key, round) =>
    round === 1 ? { ...failed('THROTTLING_QUOTA_EXCEEDED'), throttleTimeMs: 3000 } : { value: round },
  )
  const passes = ({ code }: KafkaError) => code === 'THROTTLING_QUOTA_EXCEEDED'
  await driver.each('x', {}, () => ({ keys: ['a'], locator: fixed<string>('controller'), ask, passes }))
  assert.deepEqual(slept, [3000])
})

test('an entity that the answer does not mention has failed; no entities, no requests', async () => {
  const { driver, asked } = adminFixture()
  const ask: Plan<string, void>['ask'] = async () => []
  const settled = driver.each('x', {}, () => ({ keys: ['a'], locator: fixed<string>('any'), ask })).settled()
  assert.deepEqual(summary(await settled), [['a', 'UNKNOWN_SERVER_ERROR']])
  assert.equal((await driver.each('x', {}, () => ({ keys: [], locator: fixed<string>('any'), ask }))).size, 0)
  assert.equal(asked.length, 0)
})

test('wrong credentials end a call at once, before any broker is known', async () => {
  const { driver, asked } = adminFixture({ snapshotVersion: 0 })
  const call = driver.one('x', {}, 'any', async () => ({ value: 1 }))
  await assert.rejects(call, (error) => error instanceof KafkaError && error.code === 'SASL_AUTHENTICATION_FAILED')
  assert.equal(asked.length, 0)
})

test('a signal ends the call as a whole, with its reason', async () => {
  const { driver } = adminFixture()
  const aborting = new AbortController()
  const ask: Plan<string, void>['ask'] = () => new Promise(() => {})
  const plan = () => ({ keys: ['a'], locator: fixed<string>('any'), ask })
  const result = driver.each('x', { signal: aborting.signal }, plan)
  const reason = new Error('enough')
  aborting.abort(reason)
  await assert.rejects(result.settled(), reason)
})

test('coordinators: one lookup for many groups, or one for each where the broker knows no better', async () => {
  const nodeOf = (key: string) => (key === 'a' ? 1 : 2)
  const answered = (key: string) => ({ key, nodeId: nodeOf(key), errorCode: 0, errorMessage: null })
  const many = adminFixture({
    answer: ({ body }) => ({ coordinators: (body as { coordinatorKeys: string[] }).coordinatorKeys.map(answered) }),
  })
  const old = adminFixture({
    versions: { FindCoordinator: 3 },
    answer: ({ body }) => answered((body as { key: string }).key),
  })
  for (const [{ driver, asked }, lookups] of [
    [many, 1],
    [old, 3],
  ] as const) {
    const { rounds, ask } = recording<string>(() => ({ value: 1 }))
    await driver.each('x', {}, () => ({
      keys: ['a', 'b', 'c'],
      locator: coordinator<string>('group', (key) => key),
      ask,
    }))
    assert.deepEqual(rounds, [
      [1, ['a']],
      [2, ['b', 'c']],
    ])
    assert.equal(asked.length, lookups)
  }
})

test('a coordinator that is denied is looked up anew; one that is not there yet too', async () => {
  let lookups = 0
  const { driver } = adminFixture({
    answer: () => {
      lookups++
      const none = { key: 'g', nodeId: -1, errorCode: 15, errorMessage: null }
      return { coordinators: [lookups === 1 ? none : { ...none, errorCode: 0, nodeId: lookups }] }
    },
  })
  const { rounds, ask } = recording<string>((_key, round) => (round === 1 ? failed('NOT_COORDINATOR') : { value: 1 }))
  const locator = coordinator<string>('group', (key) => key)
  await driver.each('x', {}, () => ({ keys: ['g'], locator, ask, passes: coordinatorMoves }))
  assert.deepEqual(rounds, [
    [2, ['g']],
    [3, ['g']],
  ])
})

test('leaders: each partition by its own; without a leader, or moved, it is looked up again', async () => {
  const at = (partition: number): TopicPartition => ({ topic: 't', partition })
  let lookups = 0
  const { driver, asked } = adminFixture({
    answer: ({ api }) => {
      assert.equal(api, apis.Metadata.name)
      lookups++
      const partitions = [
        { partitionIndex: 0, leaderId: 5, errorCode: 0 },
        { partitionIndex: 1, leaderId: lookups === 1 ? -1 : 6, errorCode: lookups === 1 ? 5 : 0 },
      ]
      return {
        topics: [
          { name: 't', errorCode: 0, partitions },
          { name: 'u', errorCode: 29, partitions: [] },
        ],
      }
    },
  })
  const { rounds, ask } = recording<TopicPartition>((key, round) =>
    round === 1 && key.partition === 0 ? failed('NOT_LEADER_OR_FOLLOWER') : { value: round },
  )
  const outcomes = await driver
    .each<TopicPartition, unknown>('x', {}, () => ({
      keys: [at(0), at(1), { topic: 'u', partition: 0 }],
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: leader(),
      ask,
      passes: ({ retriable }) => retriable,
    }))
    .settled()
  assert.deepEqual(rounds, [
    [5, [at(0)]],
    [5, [at(0)]],
    [6, [at(1)]],
  ])
  assert.deepEqual(
    summary(outcomes).map(([, outcome]) => outcome),
    [2, 3, 'TOPIC_AUTHORIZATION_FAILED'],
  )
  assert.equal(asked.length, 2)
})

test('settled() leaves no rejection behind that nobody handles; an awaited failure names the entities', async () => {
  const { driver } = adminFixture()
  const { ask } = recording<string>(() => failed('TOPIC_ALREADY_EXISTS'))
  const plan = () => ({ keys: ['a', 'b', 'c', 'd'], locator: fixed<string>('any'), ask })
  await driver.each('createTopics', {}, plan).settled()
  await assert.rejects(
    driver.each('createTopics', {}, plan),
    /^KafkaAggregateError: createTopics: a: TOPIC_ALREADY_EXISTS: .*; and 1 more$/,
  )
})
