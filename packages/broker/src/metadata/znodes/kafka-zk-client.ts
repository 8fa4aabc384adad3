/**
 * Kafka's znodes as typed calls (`kafka.zk.KafkaZkClient`): what brokers and controllers read and write, by subject.
 *
 * It owns no state beyond its session. Writes that only a controller may make take the version of `/controller_epoch` and
 * fail with ControllerMovedError when another one was elected.
 */
import { BrokerZnodes } from './broker-znodes.js'
import { ConfigZnodes } from './config-znodes.js'
import { ControllerZnodes } from './controller-znodes.js'
import { PERSISTENT_PATHS } from './paths.js'
import { ProducerIdZnodes } from './producer-id-znodes.js'
import { TopicZnodes } from './topic-znodes.js'
import { ZkSession, type ZkSessionOptions } from './zk-session.js'
import { ensurePersistentPath } from './znode-access.js'

export class KafkaZkClient {
  readonly session: ZkSession
  readonly brokers: BrokerZnodes
  readonly controller: ControllerZnodes
  readonly topics: TopicZnodes
  readonly configs: ConfigZnodes
  readonly producerIds: ProducerIdZnodes

  static async open(options: ZkSessionOptions): Promise<KafkaZkClient> {
    return new KafkaZkClient(await ZkSession.open(options))
  }

  constructor(session: ZkSession) {
    this.session = session
    this.brokers = new BrokerZnodes(session)
    this.controller = new ControllerZnodes(session)
    this.topics = new TopicZnodes(session)
    this.configs = new ConfigZnodes(session)
    this.producerIds = new ProducerIdZnodes(session)
  }

  /** Creates the nodes that every broker expects. */
  async createTopLevelPaths(): Promise<void> {
    for (const path of PERSISTENT_PATHS) await ensurePersistentPath(this.session, path)
  }

  async close(): Promise<void> {
    await this.session.close()
  }
}
