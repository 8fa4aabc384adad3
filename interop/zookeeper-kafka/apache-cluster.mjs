// Three Apache brokers in ZooKeeper mode on a ZooKeeper of somebody else's, and what ZooKeeper says of them.
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'

const brokerIds = [1, 2, 3]
const properties = {
  'zookeeper.session.timeout.ms': 9000,
  'zookeeper.connection.timeout.ms': 30000,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'auto.leader.rebalance.enable': false,
  // The last brokers find nobody to hand over to.
  'controlled.shutdown.max.retries': 1,
  'controlled.shutdown.retry.backoff.ms': 500,
}

export class ApacheCluster {
  zooKeeper
  #brokers = new Map()

  /** `connectString` is all there is in `zookeeper.connect`, chroot included. */
  static async start(kind, connectString) {
    const cluster = new ApacheCluster()
    const start = async (id) => {
      const own = { 'broker.id': id, 'zookeeper.connect': connectString, ...properties }
      cluster.#brokers.set(id, await startBroker({ kind, properties: own }))
    }
    try {
      // The first makes the chroot; the others would do it at the same time.
      for (const id of brokerIds) await start(id)
      cluster.zooKeeper = await connectZooKeeper({ connectString, sessionTimeoutMs: 30_000 })
    } catch (error) {
      await cluster.dispose()
      throw error
    }
    return cluster
  }

  get bootstrap() {
    return [...this.#brokers.values()].map(({ bootstrap }) => bootstrap).join()
  }

  broker(id) {
    return this.#brokers.get(id)
  }

  get outputs() {
    return [...this.#brokers.values()].map(({ output }) => output)
  }

  /** Broker id of the controller; undefined while there is none. */
  async controllerId() {
    const found = await this.zooKeeper.exists('/controller')
    return found === null ? undefined : (await this.json('/controller')).brokerid
  }

  async someOtherThanController() {
    const controllerId = await this.controllerId()
    return brokerIds.find((id) => id !== controllerId)
  }

  /** Broker ids with the session and the epoch of each. */
  async registrations() {
    const { children } = await this.zooKeeper.getChildren('/brokers/ids')
    const found = []
    for (const id of children.sort()) {
      const { ephemeralOwner, czxid } = await this.zooKeeper.exists(`/brokers/ids/${id}`)
      found.push(`${id} session ${ephemeralOwner.toString(16)} epoch ${czxid}`)
    }
    return found
  }

  async json(path) {
    return JSON.parse((await this.zooKeeper.getData(path)).data.toString())
  }

  /** The states of all partitions of a topic. */
  async states(topic) {
    const { children } = await this.zooKeeper.getChildren(`/brokers/topics/${topic}/partitions`)
    return Promise.all(children.map((number) => this.json(`/brokers/topics/${topic}/partitions/${number}/state`)))
  }

  async untilGone(id) {
    await until(async () => (await this.zooKeeper.exists(`/brokers/ids/${id}`)) === null, { what: `the end of ${id}` })
  }

  async untilInSync(topic) {
    await until(async () => (await this.states(topic)).every(({ isr }) => isr.length === brokerIds.length), {
      what: `all replicas of ${topic} in sync`,
      everyMs: 500,
    })
  }

  async untilLedByPreferred(topic) {
    await until(
      async () => {
        const { partitions } = await this.json(`/brokers/topics/${topic}`)
        const states = Object.entries(partitions).map(async ([number, [preferred]]) => {
          const { leader } = await this.json(`/brokers/topics/${topic}/partitions/${number}/state`)
          return leader === preferred
        })
        return (await Promise.all(states)).every(Boolean)
      },
      { what: `the preferred leaders of ${topic}`, everyMs: 500 },
    )
  }

  async stopBrokers() {
    await Promise.all([...this.#brokers.values()].map((broker) => broker.stop()))
  }

  async dispose() {
    await this.zooKeeper?.close()
    for (const broker of this.#brokers.values()) {
      await broker.kill()
      await broker.dispose()
    }
  }
}
