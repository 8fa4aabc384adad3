/** Brokers: cluster id, generated ids, registrations, notices of lost log directories. */
import assert from 'node:assert'
import { isZooKeeperError } from '@millrace/zookeeper'
import type { Logger, Scheduler } from '../../ports.js'
import {
  type BrokerRegistration,
  type DecodedRegistration,
  decodeBrokerRegistration,
  encodeBrokerRegistration,
  type RegistrationFormat,
} from './broker-registration.js'
import { decodeClusterId, encodeClusterId, encodeLogDirEvent } from './cluster-znodes.js'
import {
  BROKER_IDS_PATH,
  BROKER_SEQUENCE_ID_PATH,
  brokerIdPath,
  CLUSTER_ID_PATH,
  LOG_DIR_EVENT_NOTIFICATION_PATH,
  LOG_DIR_EVENT_PREFIX,
} from './paths.js'
import type { ZkSession } from './zk-session.js'
import {
  ANY_VERSION,
  createPersistent,
  createSequential,
  deleteNode,
  ensurePersistentPath,
  setData,
} from './znode-access.js'

/** A live broker: its registration, and the zxid that created it, which is the broker's epoch. */
export interface RegisteredBroker {
  readonly registration: DecodedRegistration
  readonly epoch: number
}

/** How long to wait for the end of a session that has the broker id, such as that of a broker that was killed. */
export interface RegistrationPatience {
  readonly waitMs: number
  readonly scheduler: Scheduler
  readonly logger: Logger
}

const REGISTRATION_PAUSE_MS = 500

/** Another process is registered with this broker id, and its session lives. */
export class BrokerIdTakenError extends Error {
  override readonly name = 'BrokerIdTakenError'
  readonly code = 'BROKER_ID_TAKEN'

  constructor(brokerId: number) {
    super(`Broker id ${brokerId} is registered by another session that has not expired yet`)
  }
}

export class BrokerZnodes {
  readonly #session: ZkSession
  /** Sessions in which this process registered before: their leftovers may be removed. */
  readonly #ownSessions = new Set<bigint>()

  constructor(session: ZkSession) {
    this.#session = session
  }

  /** Undefined before the first broker of the cluster has started. */
  async getClusterId(): Promise<string | undefined> {
    const found = await this.#session.getData(CLUSTER_ID_PATH)
    return found === undefined ? undefined : decodeClusterId(found.data)
  }

  /** The cluster's id: the proposed one if there is none yet. */
  async createOrGetClusterId(proposed: string): Promise<string> {
    await ensurePersistentPath(this.#session, CLUSTER_ID_PATH.slice(0, CLUSTER_ID_PATH.lastIndexOf('/')))
    try {
      await createPersistent(this.#session, CLUSTER_ID_PATH, encodeClusterId(proposed))
      return proposed
    } catch (error) {
      if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
      const id = await this.getClusterId()
      assert(id !== undefined, 'the cluster id is never deleted')
      return id
    }
  }

  /** An id above `reserved.broker.max.id` that nobody has had (`broker.id.generation.enable`). */
  async generateBrokerId(reservedBrokerMaxId: number): Promise<number> {
    await ensurePersistentPath(this.#session, BROKER_SEQUENCE_ID_PATH)
    // A repeated try only skips a number.
    const version = await setData(this.#session, BROKER_SEQUENCE_ID_PATH, Buffer.alloc(0), ANY_VERSION)
    return reservedBrokerMaxId + version
  }

  /**
   * Registers a broker for as long as the session lives; returns its broker epoch. The node is created empty and then
   * filled in one transaction, as Kafka does. Where another session has the node, its end is waited for as long as
   * `patience` says; default not at all. Errors: BrokerIdTakenError.
   */
  async registerBroker(
    broker: BrokerRegistration,
    format: RegistrationFormat,
    patience?: RegistrationPatience,
  ): Promise<number> {
    let waitedMs = 0
    const path = brokerIdPath(broker.id)
    const data = encodeBrokerRegistration(broker, format)
    const { sessionId } = this.#session
    for (;;) {
      try {
        const [created] = await this.#session.multi(
          [
            { kind: 'create', path, data: null, mode: 'ephemeral' },
            { kind: 'setData', path, data, version: 0 },
          ],
          async () => {
            const found = await this.#session.exists(path)
            return found?.ephemeralOwner === sessionId ? [{ kind: 'create', path, stat: found }] : undefined
          },
        )
        assert(created?.kind === 'create', 'one result per operation')
        this.#ownSessions.add(sessionId)
        return brokerEpochOf(created.stat.czxid)
      } catch (error) {
        if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
        if (await this.#removeOwnLeftover(path)) continue
        if (patience === undefined || waitedMs > patience.waitMs) throw new BrokerIdTakenError(broker.id)
        if (waitedMs === 0) {
          patience.logger.warn('Another session has this broker id: its end is waited for', { brokerId: broker.id })
        }
        waitedMs += REGISTRATION_PAUSE_MS
        await pause(patience.scheduler, REGISTRATION_PAUSE_MS)
      }
    }
  }

  /** Replaces the registration's data, for instance after listeners changed; the epoch stays. */
  async updateBroker(broker: BrokerRegistration, format: RegistrationFormat): Promise<void> {
    await setData(this.#session, brokerIdPath(broker.id), encodeBrokerRegistration(broker, format), ANY_VERSION)
  }

  /** Ids of the live brokers, ascending. Sets a watch where a child handler is registered for `BROKER_IDS_PATH`. */
  async getBrokerIds(): Promise<readonly number[]> {
    const names = (await this.#session.getChildren(BROKER_IDS_PATH)) ?? []
    return names.map(Number).sort((a, b) => a - b)
  }

  /** Undefined if it is not live. */
  async getBroker(brokerId: number): Promise<RegisteredBroker | undefined> {
    const found = await this.#session.getData(brokerIdPath(brokerId))
    if (found === undefined) return undefined
    return {
      registration: decodeBrokerRegistration(brokerId, found.data),
      epoch: brokerEpochOf(found.stat.czxid),
    }
  }

  /** Tells the controller that this broker lost a log directory. */
  async propagateLogDirEvent(brokerId: number): Promise<void> {
    const path = `${LOG_DIR_EVENT_NOTIFICATION_PATH}/${LOG_DIR_EVENT_PREFIX}`
    await createSequential(this.#session, path, encodeLogDirEvent(brokerId))
  }

  async #removeOwnLeftover(path: string): Promise<boolean> {
    const stat = await this.#session.exists(path)
    if (stat === null) return true
    if (!this.#ownSessions.has(stat.ephemeralOwner) || stat.ephemeralOwner === this.#session.sessionId) return false
    await deleteNode(this.#session, path, stat.version)
    return true
  }
}

function pause(scheduler: Scheduler, delayMs: number): Promise<void> {
  return new Promise((resolve) => scheduler.schedule(delayMs, resolve))
}

/** A broker epoch is a zxid; those of any real cluster fit a double exactly. */
function brokerEpochOf(czxid: bigint): number {
  const epoch = Number(czxid)
  assert(Number.isSafeInteger(epoch), `zxid ${czxid} is out of range`)
  return epoch
}
