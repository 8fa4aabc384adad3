import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode, type ProduceRequest } from '@millrace/protocol'
import { faultyProxy } from '../testing/faulty-proxy.js'
import { createTopic } from '../testing/read-records.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'
import { KafkaProducer } from './kafka-producer.js'

/** Answers of a broker: all partitions have that error. */
function refused(body: ProduceRequest, errorCode: number) {
  const responses = body.topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
  }))
  return { instead: { responses } }
}

test('metrics of each topic and each broker have Java’s names, groups and tags', async (t) => {
  const { bootstrap } = await testBroker(t)
  const proxy = await faultyProxy(t, bootstrap)
  const [good, bad] = [freshName('good'), freshName('bad')]
  await createTopic(bootstrap, good, 1)
  await createTopic(bootstrap, bad, 1)
  await using producer = new KafkaProducer<string, string>({
    'bootstrap.servers': proxy.bootstrap,
    'client.id': 'meter',
    'compression.type': 'gzip',
    'retry.backoff.ms': 1,
  })
  let produces = 0
  proxy.onRequest = ({ api, body }) => {
    if (api !== 'Produce' || ++produces > 1) return 'pass'
    return refused(body as ProduceRequest, ErrorCode.NOT_ENOUGH_REPLICAS)
  }
  await producer.sendAll([1, 2, 3].map(() => ({ topic: good, value: 'v'.repeat(1000) })))
  proxy.onRequest = ({ api, body }) =>
    api === 'Produce' ? refused(body as ProduceRequest, ErrorCode.INVALID_RECORD) : 'pass'
  await assert.rejects(producer.send({ topic: bad, value: 'v' }), { code: 'INVALID_RECORD' })

  const all = producer.allMetrics()
  const figure = (group: string, tags: Readonly<Record<string, string>>, name: string) => {
    const wanted = { 'client-id': 'meter', ...tags }
    const found = all.filter(
      (metric) =>
        metric.group === group &&
        metric.name === name &&
        Object.entries(wanted).every(([tag, value]) => metric.tags[tag] === value),
    )
    assert.equal(found.length, 1, `${group} ${name}`)
    return found[0]?.value ?? Number.NaN
  }
  const ofGood = (name: string) => figure('producer-topic-metrics', { topic: good }, name)
  const ofBad = (name: string) => figure('producer-topic-metrics', { topic: bad }, name)
  assert.equal(ofGood('record-send-total'), 6, 'as Java, what is sent again counts again')
  assert.equal(ofGood('record-retry-total'), 3)
  assert.equal(ofGood('record-error-total'), 0)
  assert(ofGood('record-send-rate') > 0 && ofGood('record-retry-rate') > 0)
  assert(ofGood('byte-total') > 0 && ofGood('byte-total') < 3000, 'compressed bytes')
  assert(ofGood('byte-rate') > 0)
  assert(ofGood('compression-rate') < 0.5)
  assert.equal(ofBad('record-error-total'), 1)
  assert(ofBad('record-error-rate') > 0)
  assert.equal(figure('producer-metrics', {}, 'record-error-total'), 1)

  // The first address has an id below 0, as in Java.
  const nodeIds = all.flatMap(({ group, tags }) => (group === 'producer-node-metrics' ? (tags['node-id'] ?? '') : []))
  const nodeId = nodeIds.find((id) => /^node-\d+$/.test(id)) ?? ''
  assert(nodeIds.includes('node--1') && nodeId !== '')
  const ofNode = (name: string) => figure('producer-node-metrics', { 'node-id': nodeId }, name)
  assert(ofNode('request-latency-avg') > 0 && ofNode('request-latency-max') >= ofNode('request-latency-avg'))
  assert(ofNode('outgoing-byte-total') > 0 && ofNode('incoming-byte-total') > 0)
  assert.equal(ofNode('response-total'), ofNode('request-total'))
  assert((producer.metrics().get('outgoing-byte-total') ?? 0) >= ofNode('outgoing-byte-total'))
})
