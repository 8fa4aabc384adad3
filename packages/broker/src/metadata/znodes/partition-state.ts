/** `/brokers/topics/<t>/partitions/<p>/state`: leader and ISR (`kafka.zk.TopicPartitionStateZNode`). */
import { encodeObject, JsonObject } from './json.js'
import { partitionStatePath } from './paths.js'

export interface PartitionState {
  /** Broker id, −1 for none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  /** 0 recovered, 1 recovering after an unclean election. */
  readonly leaderRecoveryState: number
  /** Epoch of the controller that wrote it. */
  readonly controllerEpoch: number
}

export function encodePartitionState(state: PartitionState): Buffer {
  return encodeObject([
    ['controller_epoch', String(state.controllerEpoch)],
    ['leader', String(state.leader)],
    ['version', '1'],
    ...(state.leaderRecoveryState === 0 ? [] : [['leader_recovery_state', String(state.leaderRecoveryState)] as const]),
    ['leader_epoch', String(state.leaderEpoch)],
    ['isr', JSON.stringify(state.isr)],
  ])
}

export function decodePartitionState(topic: string, partition: number, data: Buffer | null): PartitionState {
  const json = JsonObject.parse(partitionStatePath(topic, partition), data)
  return {
    leader: json.int('leader'),
    leaderEpoch: json.int('leader_epoch'),
    isr: json.ints('isr'),
    leaderRecoveryState: json.intOr('leader_recovery_state', 0),
    controllerEpoch: json.int('controller_epoch'),
  }
}
