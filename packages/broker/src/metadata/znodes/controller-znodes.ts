/** The controller's election and the nodes that only a controller writes. */
import assert from 'node:assert'
import { isZooKeeperError, type ZooKeeperError } from '@millrace/zookeeper'
import {
  decodeController,
  decodeControllerEpoch,
  decodeFeatureZnode,
  decodeIsrChange,
  decodeLogDirEvent,
  decodePreferredReplicaElection,
  decodeReassignPartitions,
  encodeController,
  encodeControllerEpoch,
  encodeFeatureZnode,
  type FeatureZnode,
  type ReassignmentRequest,
  type TopicPartition,
} from './cluster-znodes.js'
import {
  CONTROLLER_EPOCH_PATH,
  CONTROLLER_PATH,
  FEATURE_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  LOG_DIR_EVENT_NOTIFICATION_PATH,
  PREFERRED_REPLICA_ELECTION_PATH,
  REASSIGN_PARTITIONS_PATH,
} from './paths.js'
import type { ZkSession } from './zk-session.js'
import { ANY_VERSION, ControllerMovedError, createPersistent, fencedWrite, setData } from './znode-access.js'

export interface ControllerEpoch {
  readonly epoch: number
  /** Version of `/controller_epoch`: what fences this controller's writes. */
  readonly zkVersion: number
}

/** Epoch that the node has before the first election. */
const INITIAL_EPOCH = 0

export class ControllerZnodes {
  readonly #session: ZkSession

  constructor(session: ZkSession) {
    this.#session = session
  }

  /** Broker id of the controller; undefined if there is none. Sets a watch where a handler is registered. */
  async getControllerId(): Promise<number | undefined> {
    const found = await this.#session.getData(CONTROLLER_PATH)
    return found === undefined ? undefined : decodeController(found.data)
  }

  /** Sets the watch on `/controller` whether or not there is one. */
  async watchController(): Promise<void> {
    await this.#session.exists(CONTROLLER_PATH)
  }

  async getEpoch(): Promise<ControllerEpoch | undefined> {
    const found = await this.#session.getData(CONTROLLER_EPOCH_PATH)
    if (found === undefined) return undefined
    return { epoch: decodeControllerEpoch(found.data), zkVersion: found.stat.version }
  }

  /**
   * Stands for election: creates `/controller` and raises the epoch, both or neither. Errors: ControllerMovedError if
   * another broker is, or just was, elected.
   */
  async elect(brokerId: number, timestampMs: number): Promise<ControllerEpoch> {
    const current = (await this.getEpoch()) ?? (await this.#createEpoch())
    const next = current.epoch + 1
    try {
      const results = await this.#session.multi(
        [
          { kind: 'create', path: CONTROLLER_PATH, data: encodeController(brokerId, timestampMs), mode: 'ephemeral' },
          {
            kind: 'setData',
            path: CONTROLLER_EPOCH_PATH,
            data: encodeControllerEpoch(next),
            version: current.zkVersion,
          },
        ],
        async (error) => await this.#electedBefore(error, next),
      )
      const raised = results[1]
      assert(raised?.kind === 'setData', 'one result per operation')
      return { epoch: next, zkVersion: raised.stat.version }
    } catch (error) {
      if (!isZooKeeperError(error, 'NODEEXISTS', 'BADVERSION')) throw error
      throw new ControllerMovedError(`broker ${(await this.getControllerId()) ?? 'unknown'} was elected`)
    }
  }

  /** Gives the office up, if it still is this controller's. */
  async resign(epochZkVersion: number): Promise<void> {
    await this.#delete(CONTROLLER_PATH, epochZkVersion)
  }

  /** Notices of changed ISRs; `names` are for `deleteIsrChanges`. */
  async getIsrChanges(): Promise<{
    readonly names: readonly string[]
    readonly partitions: readonly TopicPartition[]
  }> {
    const { names, data } = await this.#notices(ISR_CHANGE_NOTIFICATION_PATH)
    return { names, partitions: data.flatMap((notice) => decodeIsrChange(notice)) }
  }

  async deleteIsrChanges(names: readonly string[], epochZkVersion: number): Promise<void> {
    await this.#deleteNotices(ISR_CHANGE_NOTIFICATION_PATH, names, epochZkVersion)
  }

  /** Brokers that say they lost a log directory; `names` are for `deleteLogDirEvents`. */
  async getLogDirEvents(): Promise<{ readonly names: readonly string[]; readonly brokerIds: readonly number[] }> {
    const { names, data } = await this.#notices(LOG_DIR_EVENT_NOTIFICATION_PATH)
    return { names, brokerIds: data.map((notice) => decodeLogDirEvent(notice)) }
  }

  async deleteLogDirEvents(names: readonly string[], epochZkVersion: number): Promise<void> {
    await this.#deleteNotices(LOG_DIR_EVENT_NOTIFICATION_PATH, names, epochZkVersion)
  }

  /** What a tool asks for; undefined if nothing. Sets a watch where a handler is registered, whether there is a node or not. */
  async getPreferredReplicaElection(): Promise<readonly TopicPartition[] | undefined> {
    const found = await this.#request(PREFERRED_REPLICA_ELECTION_PATH)
    return found === undefined ? undefined : decodePreferredReplicaElection(found.data)
  }

  async deletePreferredReplicaElection(epochZkVersion: number): Promise<void> {
    await this.#delete(PREFERRED_REPLICA_ELECTION_PATH, epochZkVersion)
  }

  /** As `getPreferredReplicaElection`. */
  async getReassignPartitions(): Promise<readonly ReassignmentRequest[] | undefined> {
    const found = await this.#request(REASSIGN_PARTITIONS_PATH)
    return found === undefined ? undefined : decodeReassignPartitions(found.data)
  }

  async deleteReassignPartitions(epochZkVersion: number): Promise<void> {
    await this.#delete(REASSIGN_PARTITIONS_PATH, epochZkVersion)
  }

  async getFeatures(): Promise<{ readonly node: FeatureZnode; readonly version: number } | undefined> {
    const found = await this.#session.getData(FEATURE_PATH)
    return found === undefined ? undefined : { node: decodeFeatureZnode(found.data), version: found.stat.version }
  }

  /** Makes sure that finalized features are enabled; those that are there stay. */
  async enableFeatures(): Promise<void> {
    const found = await this.getFeatures()
    if (found === undefined) {
      await createPersistent(this.#session, FEATURE_PATH, encodeFeatureZnode({ enabled: true, features: new Map() }))
    } else if (!found.node.enabled) {
      const enabled = encodeFeatureZnode({ enabled: true, features: new Map() })
      await setData(this.#session, FEATURE_PATH, enabled, found.version)
    }
  }

  async #createEpoch(): Promise<ControllerEpoch> {
    try {
      await createPersistent(this.#session, CONTROLLER_EPOCH_PATH, encodeControllerEpoch(INITIAL_EPOCH))
      return { epoch: INITIAL_EPOCH, zkVersion: 0 }
    } catch (error) {
      if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
      const epoch = await this.getEpoch()
      assert(epoch !== undefined, 'the epoch is never deleted')
      return epoch
    }
  }

  /** After a lost connection: was it our own earlier try that went through? */
  async #electedBefore(error: ZooKeeperError, epoch: number) {
    if (error.code !== 'NODEEXISTS' && error.code !== 'BADVERSION') return undefined
    const controller = await this.#session.getData(CONTROLLER_PATH)
    const found = await this.#session.getData(CONTROLLER_EPOCH_PATH)
    if (controller?.stat.ephemeralOwner !== this.#session.sessionId || found === undefined) return undefined
    if (decodeControllerEpoch(found.data) !== epoch) return undefined
    return [
      { kind: 'create', path: CONTROLLER_PATH, stat: controller.stat },
      { kind: 'setData', stat: found.stat },
    ] as const
  }

  async #notices(path: string): Promise<{ readonly names: readonly string[]; readonly data: readonly Buffer[] }> {
    const names = (await this.#session.getChildren(path)) ?? []
    const nodes = await Promise.all(names.map((name) => this.#session.getData(`${path}/${name}`)))
    return { names, data: nodes.map((node) => node?.data ?? null).filter((data) => data !== null) }
  }

  async #deleteNotices(path: string, names: readonly string[], epochZkVersion: number): Promise<void> {
    await Promise.all(names.map((name) => this.#delete(`${path}/${name}`, epochZkVersion)))
  }

  async #request(path: string): Promise<{ readonly data: Buffer | null } | undefined> {
    return (await this.#session.exists(path)) === null ? undefined : await this.#session.getData(path)
  }

  /** Does nothing if it is gone. */
  async #delete(path: string, epochZkVersion: number): Promise<void> {
    try {
      await fencedWrite(this.#session, epochZkVersion, { kind: 'delete', path, version: ANY_VERSION })
    } catch (error) {
      if (!isZooKeeperError(error, 'NONODE')) throw error
    }
  }
}
