// Transactional ids and the producers of partitions: made by raw requests, seen and ended by the admin client.
import assert from 'node:assert/strict'
import { apis, buildBatch } from '../../packages/protocol/dist/index.js'

const topic = 'transactional'
const id = 'hanging'
const at = { topic, partition: 0 }

export async function transactions({ t, admin, raw, served, hasCode, isOurs, is25 }) {
  await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1 }])
  if (isOurs) {
    // These need a transaction coordinator.
    await assert.rejects(admin.listTransactions(), hasCode('UNSUPPORTED_VERSION'))
    return
  }
  const producer = await openTransaction(admin, raw)
  const lists = [() => admin.listTransactions(), () => admin.describeProducers([at])]
  await served(!is25, lists, async () => {
    await t.test('listed and described while one is open', async () => {
      const ongoing = await admin.listTransactions({ states: ['Ongoing'] })
      assert.deepEqual(ongoing, [
        { transactionalId: id, coordinatorId: 0, producerId: producer.producerId, state: 'Ongoing' },
      ])
      assert.deepEqual(await admin.listTransactions({ producerIds: [12345] }), [])
      assert.deepEqual(await admin.listTransactions({ durationMs: 3_600_000 }), [])
      const described = await admin.describeTransactions([id, 'nobody']).settled()
      const { value } = described.get(id)
      assert.deepEqual([value.state, value.topicPartitions, value.coordinatorId], ['Ongoing', [at], 0])
      assert.equal(described.get('nobody').error.code, 'TRANSACTIONAL_ID_NOT_FOUND')
    })
    await t.test('the producer of a partition, and the end of what hangs there', async () => {
      const [state] = (await admin.describeProducers([at])).get(at)
      assert.deepEqual([state.producerId, state.currentTransactionStartOffset], [producer.producerId, 0])
      const byBroker = (await admin.describeProducers([at], { brokerId: 0 })).get(at)
      assert.equal(byBroker.length, 1)
      const { producerId, producerEpoch } = state
      const spec = { topicPartition: at, producerId, producerEpoch, coordinatorEpoch: 0 }
      await admin.abortTransaction(spec)
      const [ended] = (await admin.describeProducers([at])).get(at)
      assert.equal(ended.currentTransactionStartOffset, undefined)
    })
  })
  await t.test('producers are fenced', async () => {
    const fenced = (await admin.fenceProducers([id, 'another'])).get(id)
    assert.equal(fenced.producerId, producer.producerId)
    assert.ok(fenced.producerEpoch > producer.producerEpoch)
    await admin.forceTerminateTransaction(id)
  })
}

async function openTransaction(admin, raw) {
  const { producerId, producerEpoch } = (await admin.fenceProducers([id])).get(id)
  const coordinator = { type: 'transaction', key: id }
  await raw.metadata.update()
  const body = {
    v3AndBelowTransactionalId: id,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions: [0] }],
  }
  const added = await raw.ask(coordinator, apis.AddPartitionsToTxn, body, { versions: { max: 3 } })
  assert.equal(added.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode, 0)
  const { topicId } = await raw.metadata.topic(topic)
  const records = buildBatch([{ key: null, value: Buffer.from('v'), timestamp: Date.now() }], {
    producerId,
    producerEpoch,
    baseSequence: 0,
    transactional: true,
  })
  const topicData = [{ name: topic, topicId, partitionData: [{ index: 0, records }] }]
  const produced = await raw.ask(
    0,
    apis.Produce,
    { transactionalId: id, acks: -1, timeoutMs: 5000, topicData },
    { versions: { max: 11 } },
  )
  assert.equal(produced.responses[0].partitionResponses[0].errorCode, 0)
  return { producerId, producerEpoch }
}
