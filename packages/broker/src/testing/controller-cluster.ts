/** Brokers that are nothing but a controller and an applier that takes note, on one ZooKeeper in memory. */
import assert from 'node:assert/strict'
import { ErrorCode } from '@millrace/protocol'
import { connectLocal, ManualPorts, MemoryStoreDirectory, type ZooKeeper, ZooKeeperServer } from '@millrace/zookeeper'
import { type ControllerChannel, LocalControllerChannel } from '../controller/controller-channel.js'
import { KafkaController } from '../controller/kafka-controller.js'
import type {
  LeaderAndIsrRequest,
  MetadataApplier,
  StopReplicaRequest,
  UpdateMetadataRequest,
} from '../metadata/metadata-applier.js'
import { KafkaZkClient } from '../metadata/znodes/kafka-zk-client.js'
import { stableAssignment } from '../metadata/znodes/topic-assignment.js'
import { ManualTime, settle } from './manual-time.js'
import { MemoryLogger } from './memory-logger.js'

/** Takes note of what it is told, and answers as a test says. */
export class RecordingApplier implements MetadataApplier {
  /** One line per request, for instance `leaderAndIsr t-0 leader 1 isr 1,2 epoch 0 new`. */
  readonly log: string[] = []
  readonly leaderAndIsrRequests: LeaderAndIsrRequest[] = []
  readonly updateMetadataRequests: UpdateMetadataRequest[] = []
  readonly stopReplicaRequests: StopReplicaRequest[] = []
  /** Answered for each partition. */
  leaderAndIsrError: number = ErrorCode.NONE
  /** Answered for partitions that are to be deleted. */
  deleteError: number = ErrorCode.NONE
  /** While set, requests fail as a broker does that cannot be reached. */
  isUnreachable = false

  async becomeLeaderOrFollower(request: LeaderAndIsrRequest) {
    this.#reach()
    this.leaderAndIsrRequests.push(request)
    for (const { topicName, partitionStates } of request.topicStates) {
      for (const { partitionIndex, leader, isr, leaderEpoch, isNew } of partitionStates) {
        const state = `leader ${leader} isr ${isr.join()} epoch ${leaderEpoch}${isNew ? ' new' : ''}`
        this.log.push(`leaderAndIsr ${topicName}-${partitionIndex} ${state}`)
      }
    }
    return {
      errorCode: ErrorCode.NONE,
      topics: request.topicStates.map(({ topicName, topicId, partitionStates }) => ({
        topicName,
        topicId,
        partitionErrors: partitionStates.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: this.leaderAndIsrError,
        })),
      })),
    }
  }

  async updateMetadata(request: UpdateMetadataRequest) {
    this.#reach()
    this.updateMetadataRequests.push(request)
    const partitions = request.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(({ partitionIndex, leader }) => `${topicName}-${partitionIndex} leader ${leader}`),
    )
    const brokers = request.liveBrokers.map(({ id }) => id).join()
    this.log.push(['updateMetadata', ...partitions, `brokers ${brokers}`].join(' '))
    return { errorCode: ErrorCode.NONE }
  }

  async stopReplicas(request: StopReplicaRequest) {
    this.#reach()
    this.stopReplicaRequests.push(request)
    const partitionErrors = request.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(({ partitionIndex, deletePartition, leaderEpoch }) => {
        this.log.push(
          `stopReplica ${topicName}-${partitionIndex} epoch ${leaderEpoch}${deletePartition ? ' delete' : ''}`,
        )
        return { topicName, partitionIndex, errorCode: deletePartition ? this.deleteError : ErrorCode.NONE }
      }),
    )
    return { errorCode: ErrorCode.NONE, partitionErrors }
  }

  /** What was logged since the last call. */
  taken(): readonly string[] {
    return this.log.splice(0)
  }

  #reach(): void {
    if (this.isUnreachable) throw new Error('connection refused')
  }
}

export interface TestBroker {
  readonly id: number
  readonly zk: KafkaZkClient
  readonly controller: KafkaController
  readonly applier: RecordingApplier
  /** Epochs with which it registered, in order. */
  readonly epochs: number[]
  /** Lines of the applier's log when the controller had started. */
  toldAtStart: number
}

export interface TestBrokerOptions {
  readonly rack?: string
  readonly isDeleteTopicEnabled?: boolean
  readonly isUncleanLeaderElectionEnabled?: boolean
}

/** One ZooKeeper in memory, and brokers that are nothing but a controller and an applier. */
export class ControllerCluster {
  readonly server: ZooKeeperServer
  readonly time = new ManualTime()
  readonly logger = new MemoryLogger()
  readonly ports: ManualPorts
  readonly directory: MemoryStoreDirectory
  readonly #appliers = new Map<number, MetadataApplier>()
  readonly #channel: ControllerChannel = new LocalControllerChannel(this.#appliers)
  readonly #brokers: TestBroker[] = []
  #topicIds = 0

  static async start(): Promise<ControllerCluster> {
    const ports = new ManualPorts()
    const directory = new MemoryStoreDirectory()
    return new ControllerCluster(await ZooKeeperServer.start({ directory, ports }), ports, directory)
  }

  private constructor(server: ZooKeeperServer, ports: ManualPorts, directory: MemoryStoreDirectory) {
    this.server = server
    this.ports = ports
    this.directory = directory
  }

  connect(): Promise<ZooKeeper> {
    return connectLocal(this.server, { sessionTimeoutMs: 18_000, timers: this.ports.timers })
  }

  async openZk(): Promise<KafkaZkClient> {
    return await KafkaZkClient.open({ connect: () => this.connect(), scheduler: this.time, logger: this.logger })
  }

  /** Registers the broker and lets it stand for election. */
  async addBroker(id: number, options: TestBrokerOptions = {}): Promise<TestBroker> {
    const zk = await this.openZk()
    await zk.createTopLevelPaths()
    const applier = new RecordingApplier()
    this.#appliers.set(id, applier)
    const epochs: number[] = []
    const registration = {
      id,
      rack: options.rack ?? null,
      endpoints: [{ listener: 'PLAINTEXT', host: `host${id}`, port: 9092, securityProtocol: 'PLAINTEXT' }],
    } as const
    const registerBroker = async () => {
      epochs.push(await zk.brokers.registerBroker(registration, { version: 5, jmxPort: -1, timestampMs: 1 }))
    }
    await registerBroker()
    const controller = new KafkaController({
      config: {
        brokerId: id,
        interBrokerListener: 'PLAINTEXT',
        isDeleteTopicEnabled: options.isDeleteTopicEnabled ?? true,
        isUncleanLeaderElectionEnabled: options.isUncleanLeaderElectionEnabled ?? false,
      },
      zk,
      channel: this.#channel,
      clock: this.time,
      scheduler: this.time,
      logger: this.logger,
      newTopicId: () => this.newTopicId(),
      registerBroker,
    })
    const broker = { id, zk, controller, applier, epochs, toldAtStart: 0 }
    this.#brokers.push(broker)
    await controller.start()
    broker.toldAtStart = applier.log.length
    await this.idle()
    return broker
  }

  newTopicId(): string {
    return `topicId${String(this.#topicIds++).padStart(15, '0')}`
  }

  /** The broker's process is gone: its session ends. */
  async kill(broker: TestBroker): Promise<void> {
    this.#brokers.splice(this.#brokers.indexOf(broker), 1)
    this.#appliers.delete(broker.id)
    const { sessionId } = broker.zk.session
    await broker.controller.close()
    await broker.zk.close()
    // A client that cannot reach ZooKeeper leaves its session to the timeout: here, to now.
    this.server.expireSession(sessionId)
    await this.idle()
  }

  /** As CreateTopics does: the configs, then the assignment. */
  async createTopic(broker: TestBroker, topic: string, replicas: readonly (readonly number[])[]): Promise<string> {
    const topicId = this.newTopicId()
    await broker.zk.configs.set('topics', topic, new Map())
    const partitions = new Map(replicas.map((brokerIds, partition) => [partition, stableAssignment(brokerIds)]))
    await broker.zk.topics.create(topic, { topicId, partitions })
    await this.idle()
    return topicId
  }

  /** Waits until nothing is under way any more. */
  async idle(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      for (let turn = 0; turn < 25; turn++) await settle()
      for (const { controller } of this.#brokers) await controller.settled()
    }
  }

  async stop(): Promise<void> {
    for (const broker of [...this.#brokers]) await this.kill(broker)
    await this.server.close()
  }

  active(): TestBroker {
    const active = this.#brokers.filter(({ controller }) => controller.isActive)
    assert.equal(active.length, 1, 'one controller')
    return active[0] as TestBroker
  }
}
