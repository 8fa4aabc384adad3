// @millrace/client, with its defaults.

const checkEvery = 256

export async function createProducer({ module, bootstrap, settings }) {
  const { KafkaProducer } = await import(module)
  const producer = new KafkaProducer({ 'bootstrap.servers': bootstrap, ...settings })
  return {
    send: (topic, value) => producer.send({ topic, value }),
    sendBatch: (topic, values) => producer.sendAll(values.map((value) => ({ topic, value }))),
    async stream(topic, value, isOver) {
      let records = 0
      while (!isOver()) {
        for (let n = 0; n < checkEvery; n++) if (!producer.trySend({ topic, value })) await producer.drained()
        records += checkEvery
      }
      await producer.flush()
      return records
    },
    async fill(topic, makeValue, count) {
      for (let n = 0; n < count; n++) if (!producer.trySend({ topic, value: makeValue(n) })) await producer.drained()
      await producer.flush()
      return count
    },
    close: () => producer.close(),
  }
}

export async function consume({ module, bootstrap, topic, groupId, way = 'poll', onRecord }) {
  const { KafkaConsumer } = await import(module)
  const consumer = new KafkaConsumer({
    'bootstrap.servers': bootstrap,
    'group.id': groupId,
    'auto.offset.reset': 'earliest',
  })
  consumer.subscribe(topic)
  const ending = new AbortController()
  const reading = ways[way](consumer, onRecord, ending.signal)
  return {
    async close() {
      ending.abort()
      await reading
      await consumer.close()
    },
  }
}

const ways = {
  async poll(consumer, onRecord, signal) {
    while (!signal.aborted) {
      for (const { value } of await consumer.poll({ timeoutMs: 100 })) onRecord(value)
    }
  },
  async iterator(consumer, onRecord, signal) {
    for await (const { value } of consumer.records({ signal })) onRecord(value)
  },
  async batches(consumer, onRecord, signal) {
    for await (const { records } of consumer.batches({ signal })) for (const { value } of records) onRecord(value)
  },
  run: (consumer, onRecord, signal) => consumer.run({ signal, eachRecord: ({ value }) => onRecord(value) }),
}
