/** A whole broker without sockets: its store in memory, its logs on a disk that a test can break. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type AnyApi,
  buildBatch,
  createTopics,
  decodeResponse,
  encodeRequest,
  produce,
  type RequestInputOf,
  type ResponseOf,
} from '@millrace/protocol'
import { MemoryStoreDirectory } from '@millrace/zookeeper'
import { startServices } from '../broker-services.js'
import { parseBrokerConfig } from '../config/parse-broker-config.js'
import { createHandlers } from '../handlers/create-handlers.js'
import type { BrokerServices } from '../handlers/services.js'
import { Loggers } from '../logging/loggers.js'
import { InProcessStore } from '../metadata/cluster-store/in-process-store.js'
import { KafkaZkClient } from '../metadata/znodes/kafka-zk-client.js'
import { RequestMetrics } from '../metrics/request-metrics.js'
import { BrokerTopicTraffic } from '../metrics/topic-traffic.js'
import type { Connection } from '../network/connection.js'
import { Dispatcher } from '../network/dispatcher.js'
import { systemScheduler } from '../ports.js'
import { FaultyDisk } from './faulty-disk.js'
import { MemoryLogger } from './memory-logger.js'

const connection = {
  listenerName: 'PLAINTEXT',
  localAddress: '127.0.0.1',
  localPort: 9092,
  remoteAddress: '127.0.0.1',
  whenClosed: () => () => undefined,
} as unknown as Connection

/** One life of the broker. */
export interface TestBrokerLife {
  readonly services: BrokerServices
  /** Why the broker would have ended its process. */
  readonly halted: string[]
  /** Asks as a client does, in the newest version that is advertised. */
  ask<A extends AnyApi>(api: A, request: RequestInputOf<A>): Promise<ResponseOf<A>>
  stop(): Promise<void>
}

/** See above. Several lives may follow each other on the same folders. */
export class BrokerWorld {
  readonly disk = new FaultyDisk()
  readonly storeFolder = new MemoryStoreDirectory()
  readonly logger = new MemoryLogger()
  readonly dir: string
  readonly #t: TestContext

  private constructor(t: TestContext, dir: string) {
    this.#t = t
    this.dir = dir
  }

  static async create(t: TestContext): Promise<BrokerWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-broker-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    // The broker's timers do not keep the process alive.
    const keepAlive = setInterval(() => {}, 60_000)
    t.after(() => clearInterval(keepAlive))
    return new BrokerWorld(t, dir)
  }

  logDir(index: number): string {
    return join(this.dir, `logs-${index}`)
  }

  /** Starts the broker on so many log directories. It stops with the test if nobody stops it before. */
  async start(logDirCount: number, properties: Readonly<Record<string, string>> = {}): Promise<TestBrokerLife> {
    const closers: (() => Promise<void>)[] = []
    const stop = async () => {
      for (const closer of closers.splice(0).reverse()) await closer()
    }
    this.#t.after(stop)
    const { logger } = this
    const logDirs = Array.from({ length: logDirCount }, (_, index) => this.logDir(index))
    const given = { 'broker.id': '0', 'log.dirs': logDirs.join(), 'offsets.topic.num.partitions': '1', ...properties }
    const parsed = parseBrokerConfig(new Map(Object.entries(given)))
    assert.ok('config' in parsed)
    const store = await InProcessStore.open({
      directory: join(this.dir, 'zookeeper'),
      folder: this.storeFolder,
      sessionTimeoutMs: 18_000,
      scheduler: systemScheduler,
      logger,
    })
    closers.push(() => store.close())
    const znodes = await KafkaZkClient.open({ connect: () => store.connect(), scheduler: systemScheduler, logger })
    closers.push(() => znodes.close())
    await znodes.createTopLevelPaths()
    const halted: string[] = []
    const halt = (reason: string) => halted.push(reason)
    const { config } = parsed
    const services = await startServices({
      ...{
        config,
        loggers: Loggers.over(logger),
        metrics: counters(),
        logDirs,
        znodes,
        closers,
        halt,
        disk: this.disk,
      },
      bound: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }] as never,
    })
    const dispatcher = new Dispatcher(createHandlers(services))
    return { services, halted, stop, ask: (api, request) => ask(dispatcher, api, request) }
  }
}

function counters() {
  return { traffic: new BrokerTopicTraffic(), requests: new RequestMetrics(() => performance.now()) }
}

async function ask<A extends AnyApi>(
  dispatcher: Dispatcher,
  api: A,
  request: RequestInputOf<A>,
): Promise<ResponseOf<A>> {
  const version = api.advertised.max
  const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'test' }, request)).subarray(4)
  const answer = Buffer.concat((await dispatcher.handle(frame, connection, performance.now()))?.buffers ?? [])
  return decodeResponse(api, version, answer.subarray(4)).body
}

/** Creates a topic. Resolves to the error code. */
export async function createTopic(
  broker: TestBrokerLife,
  name: string,
  partitions: number,
  timeoutMs = 5000,
): Promise<number> {
  const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }
  const { topics } = await broker.ask(createTopics, { topics: [topic], timeoutMs, validateOnly: false })
  return topics[0]?.errorCode ?? -1
}

/** Produces one record. Resolves to the error code. */
export async function produceTo(broker: TestBrokerLife, topic: string, index: number, value = 'v'): Promise<number> {
  const found = broker.services.metadata.image.topics.get(topic)
  const records = buildBatch([{ value: Buffer.from(value) }])
  const { responses } = await broker.ask(produce, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: topic, topicId: found?.id ?? '', partitionData: [{ index, records }] }],
  })
  return responses[0]?.partitionResponses[0]?.errorCode ?? -1
}
