/** kafkajs 2.2.4 as the tests use it. It speaks no flexible version of any API. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { apis, codecFor, ErrorCode } from '@millrace/protocol'
import kafkajs, {
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type IResourceConfigEntry,
  type Kafka as KafkaClient,
  type KafkaConfig,
  type KafkaMessage,
  type Producer,
  type ProducerConfig,
} from 'kafkajs'
import { defer } from './defer.js'
import type { RawClient } from './raw-client.js'
import { uniqueName } from './topics.js'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
const maxOutputBytes = 100_000_000

// kafkajs brings gzip; the others come from packages, with this interface.
for (const [kind, name] of [
  [CompressionTypes.Snappy, 'snappy'],
  [CompressionTypes.LZ4, 'lz4'],
  [CompressionTypes.ZSTD, 'zstd'],
] as const) {
  const codec = codecFor(name)
  CompressionCodecs[kind] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(codec.compress(buffer)),
    decompress: (buffer: Buffer) => Promise.resolve(codec.decompress(buffer, maxOutputBytes)),
  })
}

export function kafkajsOf(bootstrap: string, options: Partial<KafkaConfig> = {}): KafkaClient {
  return new Kafka({ clientId: 'kafkajs-test', brokers: [bootstrap], logLevel: logLevel.NOTHING, ...options })
}

export async function adminOf(t: TestContext, kafka: KafkaClient): Promise<Admin> {
  const admin = kafka.admin()
  await admin.connect()
  defer(t, () => admin.disconnect())
  return admin
}

export async function producerOf(t: TestContext, kafka: KafkaClient, options: ProducerConfig = {}): Promise<Producer> {
  const producer = kafka.producer(options)
  await producer.connect()
  defer(t, () => producer.disconnect())
  return producer
}

/** A topic of its own, made with an admin client that is closed again. */
export async function topicOf(
  kafka: KafkaClient,
  { numPartitions = 1, configEntries = [] as IResourceConfigEntry[], prefix = 'kafkajs' } = {},
): Promise<string> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const topic = uniqueName(prefix)
    const topics = [{ topic, numPartitions, configEntries }]
    assert.equal(await admin.createTopics({ topics, waitForLeaders: true }), true)
    return topic
  } finally {
    await admin.disconnect()
  }
}

export type ReceivedMessage = KafkaMessage & { readonly partition: number }

/** A consumer that is disconnected with the test. It polls often, so that it stops soon. */
export async function consumerOf(
  t: TestContext,
  kafka: KafkaClient,
  options: Partial<ConsumerConfig> = {},
): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId: uniqueName('group'), maxWaitTimeInMs: 100, ...options })
  await consumer.connect()
  defer(t, () => consumer.disconnect())
  return consumer
}

/** The first `count` messages of a topic, read by a group from the beginning or from where it has got to. */
export async function consume(
  t: TestContext,
  kafka: KafkaClient,
  topic: string,
  count: number,
  options: Partial<ConsumerConfig> = {},
): Promise<readonly ReceivedMessage[]> {
  const consumer = await consumerOf(t, kafka, options)
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const messages: ReceivedMessage[] = []
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        eachMessage: ({ message, partition }) => {
          messages.push({ ...message, partition })
          if (messages.length >= count) resolve()
          return Promise.resolve()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return messages
}

/** Commits an offset for a group without members; kafkajs's `setOffsets` takes five seconds for it. */
export async function commitOffset(client: RawClient, groupId: string, topic: string, offset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }]
  const request = { groupId, memberId: '', generationIdOrMemberEpoch: -1, topics: [{ name: topic, partitions }] }
  const answer = await client.call(apis.OffsetCommit, 2, request)
  assert.equal(answer.topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
}

/** The values as text. */
export function valuesOf(messages: readonly { readonly value: Buffer | string | null }[]): readonly (string | null)[] {
  return messages.map(({ value }) => value?.toString() ?? null)
}
