import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { DEFAULT_LOG_CONFIG, nodeEnvironment, PartitionLog } from '@millrace/log'
import type { LeaderAndIsrPartitionState } from '../metadata/metadata-applier.js'
import { Partition } from '../replication/partition.js'

/** A partition with a log of its own in a temporary folder, on broker 0. */
export async function openPartition(t: TestContext, minInSyncReplicas: () => number = () => 1): Promise<Partition> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-partition-'))
  const log = await PartitionLog.open({
    environment: nodeEnvironment(),
    directory: join(dir, 'topic-0'),
    config: DEFAULT_LOG_CONFIG,
  })
  t.after(async () => {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  })
  return new Partition(log, 0, minInSyncReplicas)
}

/** What the controller says of a partition. */
export function partitionState(state: Partial<LeaderAndIsrPartitionState> = {}): LeaderAndIsrPartitionState {
  return {
    partitionIndex: 0,
    controllerEpoch: 1,
    leader: 0,
    leaderEpoch: 0,
    isr: [0],
    partitionEpoch: 0,
    replicas: [0],
    addingReplicas: [],
    removingReplicas: [],
    isNew: false,
    leaderRecoveryState: 0,
    ...state,
  }
}
