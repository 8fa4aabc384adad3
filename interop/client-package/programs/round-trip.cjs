// Produces with every compression, reads all of it in a group, asks an admin client: with a client that was loaded in
// whatever way, against the broker at BOOTSTRAP_SERVERS. Says what it did in one line. It loads nothing itself.
const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const recordsEach = 20

module.exports = async function roundTrip(assert, client) {
  const { KafkaAdminClient, KafkaConsumer, KafkaError, KafkaProducer, Serdes } = client
  const base = { 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS }
  const topic = `packed-${process.pid}-${Date.now()}`
  const text = 'a text that compression makes shorter, '.repeat(50)

  const admin = new KafkaAdminClient(base)
  await admin.createTopics([{ name: topic, numPartitions: 2 }])
  for (const compression of compressions) {
    const config = {
      ...base,
      'compression.type': compression,
      keySerializer: Serdes.string,
      valueSerializer: Serdes.json(),
    }
    const producer = new KafkaProducer(config)
    const records = Array.from({ length: recordsEach }, (_, id) => ({ topic, key: compression, value: { id, text } }))
    await producer.sendAll(records)
    await producer.close()
  }

  const consumer = new KafkaConsumer({
    ...base,
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    keyDeserializer: Serdes.string,
    valueDeserializer: Serdes.json(),
  })
  consumer.subscribe([topic])
  const idsByCompression = new Map(compressions.map((compression) => [compression, []]))
  let count = 0
  for await (const { key, value } of consumer) {
    assert.equal(value.text, text)
    idsByCompression.get(key).push(value.id)
    count++
    if (count === compressions.length * recordsEach) break
  }
  await consumer.commitSync()
  await consumer.close()
  const expected = Array.from({ length: recordsEach }, (_, id) => id)
  for (const ids of idsByCompression.values()) assert.deepEqual(ids, expected)

  const offsets = (await admin.listConsumerGroupOffsets([topic])).get(topic)
  const committed = [...offsets.values()].reduce((sum, { offset }) => sum + offset, 0)
  assert.equal(committed, count)
  await assert.rejects(
    admin.createTopics([{ name: topic, numPartitions: 2 }]),
    (error) => error instanceof KafkaError && error.code === 'TOPIC_ALREADY_EXISTS',
  )
  await admin.deleteTopics([topic])
  await admin.close()
  console.log(`read ${count} records`)
}
