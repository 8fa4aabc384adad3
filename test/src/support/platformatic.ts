/**
 * @platformatic/kafka as the tests use it: 1.x on Node 20, 2.x from Node 22.19 on. It has fetch sessions and topic ids;
 * 1.x speaks the newer versions of each API only, 2.x all of them.
 */
import type { TestContext } from 'node:test'
import type * as Platformatic from '@platformatic/kafka'
import { defer } from './defer.js'
import { uniqueName } from './topics.js'

export const nodeMajor = Number(process.versions.node.split('.')[0])
const packageName = nodeMajor >= 24 ? 'platformatic-kafka-2' : '@platformatic/kafka'

export const platformatic = (await import(packageName)) as typeof Platformatic
const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = platformatic

export type StringConsumer = Platformatic.Consumer<string, string, string, string>
export type StringProducer = Platformatic.Producer<string, string, string, string>
export type StringMessage = Platformatic.Message<string, string, string, string>
export type StringStream = Platformatic.MessagesStream<string, string, string, string>
type ConsumerOptions = Platformatic.ConsumerOptions<string, string, string, string>
type ProducerOptions = Platformatic.ProducerOptions<string, string, string, string>

export function baseOf(bootstrap: string) {
  return { clientId: 'platformatic-test', bootstrapBrokers: [bootstrap] }
}

export function platformaticAdmin(t: TestContext, bootstrap: string): Platformatic.Admin {
  const admin = new Admin({ ...baseOf(bootstrap), retries: 3, retryDelay: 100 })
  defer(t, () => admin.close())
  return admin
}

export function platformaticProducer(
  t: TestContext,
  bootstrap: string,
  options: Partial<ProducerOptions> = {},
): StringProducer {
  const producer = new Producer({ ...baseOf(bootstrap), serializers: stringSerializers, ...options })
  defer(t, () => producer.close())
  return producer
}

/** Its group is its own unless `groupId` says otherwise. It is closed with the test, its streams too. */
export function platformaticConsumer(
  t: TestContext,
  bootstrap: string,
  options: Partial<ConsumerOptions> = {},
): StringConsumer {
  const defaults = { groupId: uniqueName('group'), maxWaitTime: 100, deserializers: stringDeserializers }
  const consumer = new Consumer({ ...baseOf(bootstrap), ...defaults, ...options } as ConsumerOptions)
  defer(t, () => (consumer.closed ? undefined : consumer.close(true)))
  return consumer
}

export async function platformaticTopic(t: TestContext, bootstrap: string, partitions = 1): Promise<string> {
  const topic = uniqueName('platformatic')
  await platformaticAdmin(t, bootstrap).createTopics({ topics: [topic], partitions, replicas: 1 })
  return topic
}

/** The next `count` messages of a stream. */
export async function take(stream: StringStream, count: number): Promise<readonly StringMessage[]> {
  const messages: StringMessage[] = []
  for await (const message of stream) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

/** Sends values to partition 0, each its own key. */
export async function sendValues(
  producer: StringProducer,
  topic: string,
  values: readonly string[],
  partition = 0,
): Promise<void> {
  await producer.send({ messages: values.map((value) => ({ topic, key: value, value, partition })), acks: -1 })
}
