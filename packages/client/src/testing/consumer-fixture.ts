/** What tests of the consumer need of a cluster: topics, records as they are on the wire, and consumers that end with the test. */
import type { TestContext } from 'node:test'
import { apis, type BatchOptions, buildBatch, type RecordInput } from '@millrace/protocol'
import { Cluster } from '../cluster/cluster.js'
import { clusterOptions } from '../config/cluster-options.js'
import { commonConfigs } from '../config/common-configs.js'
import { parseConfig } from '../config/parse-config.js'
import type { ConsumerConfig } from '../consumer/consumer-config.js'
import { KafkaConsumer } from '../consumer/kafka-consumer.js'
import { errorOf, type KafkaError } from '../errors.js'
import { type ClientPorts, systemClientPorts } from '../ports.js'
import type { TopicPartition } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import { freshName, testBroker } from './temporary-broker.js'

export type TestConfig<K, V> = Partial<ConsumerConfig<K, V>> & { readonly ports?: ClientPorts }

export class ConsumerFixture {
  readonly bootstrap: string
  readonly #toClose: KafkaConsumer<unknown, unknown>[]
  readonly #cluster: Cluster

  static async start(
    t: Pick<TestContext, 'after'>,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<ConsumerFixture> {
    const toClose: KafkaConsumer<unknown, unknown>[] = []
    // Before the broker's end, which is registered after this.
    t.after(async () => {
      await Promise.all(toClose.map((consumer) => consumer.close({ timeoutMs: 1000 }).catch(() => {})))
    })
    const { bootstrap } = await testBroker(t, properties)
    return new ConsumerFixture(t, bootstrap, toClose)
  }

  constructor(t: Pick<TestContext, 'after'>, bootstrap: string, toClose: KafkaConsumer<unknown, unknown>[]) {
    this.bootstrap = bootstrap
    this.#toClose = toClose
    const values = parseConfig(commonConfigs, { 'bootstrap.servers': bootstrap })
    this.#cluster = new Cluster(clusterOptions(values, {}, false))
    t.after(() => this.#cluster.close())
  }

  async createTopic(partitions = 1, configs: Readonly<Record<string, string>> = {}, topic = freshName('topic')) {
    await this.#cluster.askRepeatedly(
      'controller',
      apis.CreateTopics,
      {
        topics: [
          {
            name: topic,
            numPartitions: partitions,
            assignments: [],
            replicationFactor: 1,
            configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
          },
        ],
        timeoutMs: 10_000,
      },
      this.#deadline(),
      ({ topics }) => errorOf(topics[0]?.errorCode ?? 0),
    )
    return topic
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#cluster.askRepeatedly(
      'controller',
      apis.CreatePartitions,
      { topics: [{ name: topic, count, assignments: null }], timeoutMs: 10_000, validateOnly: false },
      this.#deadline(),
      ({ results }) => errorOf(results[0]?.errorCode ?? 0),
    )
  }

  /** One batch. Returns its base offset. */
  async produce(
    topic: string,
    partition: number,
    records: readonly (RecordInput | string)[],
    options: BatchOptions = {},
  ): Promise<number> {
    const inputs = records.map((record) => (typeof record === 'string' ? { value: Buffer.from(record) } : record))
    const batch = buildBatch(
      inputs.map((input) => ({ timestamp: 1000, ...input })),
      options,
    )
    return await this.produceBatch(topic, partition, batch)
  }

  async produceBatch(topic: string, partition: number, records: Buffer, transactionalId: string | null = null) {
    const ask = async () => {
      const info = (await this.#cluster.metadata.topic(topic))?.partitions[partition]
      const response = await this.#cluster.ask(
        info?.leader ?? 0,
        apis.Produce,
        {
          acks: -1,
          timeoutMs: 10_000,
          transactionalId,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        },
        { versions: { max: 12 } },
      )
      const answer = response.responses[0]?.partitionResponses[0]
      const error = errorOf(answer?.errorCode ?? 0)
      if (error !== undefined) throw error
      return answer?.baseOffset ?? -1
    }
    return await this.#cluster.repeatedly(this.#deadline(), ask)
  }

  async deleteRecords(topic: string, partition: number, offset: number): Promise<void> {
    const response = await this.#cluster.ask(0, apis.DeleteRecords, {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
      timeoutMs: 10_000,
    })
    const error = errorOf(response.topics[0]?.partitions[0]?.errorCode ?? 0)
    if (error !== undefined) throw error
  }

  consumer<K = Buffer, V = Buffer>(config: TestConfig<K, V> = {}): KafkaConsumer<K, V> {
    const consumer = new KafkaConsumer<K, V>({
      'bootstrap.servers': this.bootstrap,
      'auto.offset.reset': 'earliest',
      ...config,
    } as ConsumerConfig<K, V>)
    this.#toClose.push(consumer as KafkaConsumer<unknown, unknown>)
    return consumer
  }

  get cluster(): Cluster {
    return this.#cluster
  }

  #deadline(): Deadline {
    return new Deadline(systemClientPorts, 'the fixture', 20_000)
  }
}

/** Polls until there are so many records, or the test has waited too long. */
export async function readAll<K, V>(consumer: KafkaConsumer<K, V>, count: number, timeoutMs = 15_000) {
  const records = []
  const signal = AbortSignal.timeout(timeoutMs)
  while (records.length < count) records.push(...(await consumer.poll({ signal })))
  return records
}

export function tp(topic: string, partition = 0): TopicPartition {
  return { topic, partition }
}

export function text(records: Iterable<{ readonly value: Buffer | null }>): (string | null)[] {
  return [...records].map(({ value }) => value?.toString() ?? null)
}

/** For assert.rejects. */
export function withCode(code: KafkaError['code']): (error: unknown) => boolean {
  return (error) => (error as { readonly code?: string }).code === code
}
