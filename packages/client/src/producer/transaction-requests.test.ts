/** What a transactional producer asks, in which versions, and how often: with a coordinator that answers what a test says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedVersions } from '@millrace/net'
import { type AnyApi, apis, ErrorCode } from '@millrace/protocol'
import type { AskOptions, Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import { SequenceTracker } from './core/sequence-tracker.js'
import { TransactionRequests } from './transaction-requests.js'

interface Asked {
  readonly api: string
  readonly maxVersion: number | undefined
  readonly body: unknown
}

/** What a broker offers. `transactionVersion`: the level of the feature; `offsetCommitMax`: what its age is about. */
function offers(transactionVersion: number, offsetCommitMax = 5): SharedVersions {
  const known = Object.values(apis).map(({ key, versions }) => ({
    apiKey: key,
    minVersion: versions.min,
    maxVersion: key === apis.TxnOffsetCommit.key ? offsetCommitMax : versions.max,
  }))
  const name = 'transaction.version'
  const feature = { name, maxVersionLevel: transactionVersion, minVersionLevel: 0 }
  return new SharedVersions({ apiKeys: known, finalizedFeatures: [feature] })
}

/** A coordinator that answers what a test says, one after the other; then that all is well. */
class Fixture {
  readonly asked: Asked[] = []
  readonly slept: number[] = []
  readonly requests: TransactionRequests
  readonly answers: (KafkaError | object)[] = []
  versions: SharedVersions

  constructor(versions: SharedVersions) {
    this.versions = versions
    const connection = () => ({ versions: this.versions })
    const address = { nodeId: 1, host: 'h', port: 1 }
    const cluster = {
      coordinators: { find: async () => address, known: () => address, forget: () => {} },
      connections: { get: async () => connection(), peek: connection },
      forgetWhatIsWrong: () => {},
      ask: async (_target: unknown, api: AnyApi, body: unknown, { versions: bounds }: AskOptions = {}) => {
        const version = this.versions.pick(api, bounds)
        const made = typeof body === 'function' ? body(version) : body
        this.asked.push({ api: api.name, maxVersion: bounds?.max, body: made })
        const answer = this.answers.shift() ?? {}
        if (answer instanceof KafkaError) throw answer
        return { errorCode: 0, topics: [], resultsByTopicV3AndBelow: [], producerId: 7, producerEpoch: 1, ...answer }
      },
    }
    const timers = {
      schedule: (delayMs: number, call: () => void) => {
        this.slept.push(delayMs)
        setImmediate(call)
        return () => {}
      },
    }
    const tracker = new SequenceTracker(true)
    tracker.setProducer(7, 0)
    this.requests = new TransactionRequests(
      {
        cluster: cluster as unknown as Cluster,
        tracker,
        transactionalId: 'tx',
        transactionTimeoutMs: 1000,
        requestTimeoutMs: 1000,
        backoffMs: (failures) => 100 * failures,
        ports: { timers } as unknown as ClientPorts,
      },
      new AbortController().signal,
    )
  }
}

/** Whom the requests name. */
function membersOf({ asked }: Fixture): object[] {
  return asked.map(({ body }) => {
    const { memberId, generationId, groupInstanceId } = body as Record<string, unknown>
    return { memberId, generationId, groupInstanceId }
  })
}

const NO_ID = { producerId: -1, producerEpoch: -1 }
const OFFSETS = [[{ topic: 't', partition: 0 }, { offset: 5 }]] as const

test('version 1: no request is of a version that means version 2', async () => {
  const { asked, requests } = new Fixture(offers(1))
  await requests.initProducerId(NO_ID)
  assert.equal(requests.isVersion2, false)
  assert.equal(requests.canBumpEpoch, true)
  await requests.addPartitions([])
  await requests.commitOffsets(OFFSETS, { groupId: 'g' })
  await requests.endTransaction(true)
  assert.deepEqual(
    asked.map(({ api, maxVersion }) => [api, maxVersion]),
    [
      ['InitProducerId', undefined],
      ['AddPartitionsToTxn', 3],
      ['TxnOffsetCommit', 4],
      ['EndTxn', 4],
    ],
  )
})

test('version 2 is used where the cluster has agreed on it, also when it does so later (KIP-890)', async () => {
  const fixture = new Fixture(offers(1))
  const { asked, requests } = fixture
  await requests.initProducerId(NO_ID)
  fixture.versions = offers(2)
  assert.equal(requests.isVersion2, false, 'not in the midst of a transaction')
  requests.refreshAbilities()
  assert.equal(requests.isVersion2, true)
  assert.deepEqual(await requests.endTransaction(true).then(({ producerEpoch }) => producerEpoch), 1)
  await requests.commitOffsets(OFFSETS, { groupId: 'g' })
  assert.deepEqual(
    asked.slice(1).map(({ maxVersion }) => maxVersion),
    [undefined, undefined],
  )
})

test('what passes is asked again, after a pause; what the coordinator needs a moment for, soon', async () => {
  const { answers, asked, requests, slept } = new Fixture(offers(2))
  answers.push(
    { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS },
    new KafkaError('NETWORK_EXCEPTION', 'gone', { retriable: true }),
    { errorCode: ErrorCode.CONCURRENT_TRANSACTIONS },
  )
  await requests.endTransaction(false)
  assert.equal(asked.length, 4)
  assert.deepEqual(slept, [100, 200, 20])
})

test('what does not pass is thrown as it is; of several errors the one that means most', async () => {
  const { answers, asked, requests } = new Fixture(offers(1))
  answers.push({ errorCode: ErrorCode.INVALID_PRODUCER_EPOCH })
  await assert.rejects(requests.endTransaction(true), { code: 'INVALID_PRODUCER_EPOCH' })
  const results = [ErrorCode.OPERATION_NOT_ATTEMPTED, ErrorCode.TOPIC_AUTHORIZATION_FAILED].map(
    (partitionErrorCode, partitionIndex) => ({ partitionIndex, partitionErrorCode }),
  )
  answers.push({ resultsByTopicV3AndBelow: [{ name: 't', resultsByPartition: results }] })
  await assert.rejects(requests.addPartitions([]), { code: 'TOPIC_AUTHORIZATION_FAILED' })
  assert.equal(asked.length, 2)
})

test('the member of a group is named to brokers that know of it; older ones are not asked (KIP-447)', async () => {
  const member = { groupId: 'g', memberId: 'm', generationId: 3 }
  const young = new Fixture(offers(1))
  await young.requests.commitOffsets(OFFSETS, member)
  assert.deepEqual(membersOf(young), [{ memberId: 'm', generationId: 3, groupInstanceId: null }])
  const old = new Fixture(offers(0, 2))
  await assert.rejects(old.requests.commitOffsets(OFFSETS, member), { code: 'UNSUPPORTED_VERSION', fatal: true })
  await old.requests.commitOffsets(OFFSETS, { groupId: 'g' })
  assert.deepEqual(membersOf(old), [{ memberId: undefined, generationId: undefined, groupInstanceId: undefined }])
})
