/**
 * How a controller reaches brokers. The cluster of one hands requests to its own MetadataApplier; a channel over the wire
 * encodes them.
 */
import type {
  LeaderAndIsrResponse,
  MetadataApplier,
  StopReplicaResponse,
  UpdateMetadataResponse,
} from '../metadata/metadata-applier.js'
import type { RegisteredBroker } from '../metadata/znodes/broker-znodes.js'
import type { BrokerRequests } from './core/request-batch.js'

export interface BrokerResponses {
  readonly leaderAndIsr?: LeaderAndIsrResponse
  readonly updateMetadata?: UpdateMetadataResponse
  readonly stopReplica?: StopReplicaResponse
}

/** A controller's own broker is reached within the process: its start waits for what the broker is told. */
export interface ControllerChannel {
  /**
   * Sends what is there, in the order LeaderAndIsr, UpdateMetadata, StopReplica, each after the answer to the one before.
   * Rejects if the broker did not answer all of it; the whole is then sent again.
   */
  send(brokerId: number, requests: BrokerRequests): Promise<BrokerResponses>
  /** The broker lives, or lives anew, at these endpoints. */
  addBroker?(broker: RegisteredBroker): void
  removeBroker?(brokerId: number): void
}

/** Within one process: brokers by id. */
export class LocalControllerChannel implements ControllerChannel {
  readonly #appliers: ReadonlyMap<number, MetadataApplier>

  constructor(appliers: ReadonlyMap<number, MetadataApplier>) {
    this.#appliers = appliers
  }

  async send(brokerId: number, requests: BrokerRequests): Promise<BrokerResponses> {
    const applier = this.#appliers.get(brokerId)
    if (applier === undefined) throw new Error(`Broker ${brokerId} is not in this process`)
    const { leaderAndIsr, updateMetadata, stopReplica } = requests
    return {
      ...(leaderAndIsr === undefined ? {} : { leaderAndIsr: await applier.becomeLeaderOrFollower(leaderAndIsr) }),
      ...(updateMetadata === undefined ? {} : { updateMetadata: await applier.updateMetadata(updateMetadata) }),
      ...(stopReplica === undefined ? {} : { stopReplica: await applier.stopReplicas(stopReplica) }),
    }
  }
}
