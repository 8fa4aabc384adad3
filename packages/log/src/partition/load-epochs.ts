import { batchBaseOffset, batchLeaderEpoch } from '@millrace/protocol'
import { LEADER_EPOCH_CHECKPOINT, MalformedCheckpointError, parseEpochCheckpoint } from '../core/checkpoints.js'
import { LeaderEpochs } from '../core/leader-epochs.js'
import type { LogSegment } from '../segment/log-segment.js'
import type { PartitionFiles } from './partition-files.js'
import type { LogRepair } from './partition-log-types.js'

/**
 * The leader epochs as `leader-epoch-checkpoint` has them; from the batches themselves if it is damaged, as they carry their
 * epochs.
 */
export async function loadEpochs(
  files: PartitionFiles,
  segments: readonly LogSegment[],
  onRepair: (repair: LogRepair) => void,
): Promise<LeaderEpochs> {
  const content = await files.disk.readSmallFile(files.path(LEADER_EPOCH_CHECKPOINT))
  if (content === undefined) return new LeaderEpochs()
  try {
    return new LeaderEpochs(parseEpochCheckpoint(content.toString('utf8')))
  } catch (error) {
    if (!(error instanceof MalformedCheckpointError)) throw error
    onRepair({ file: LEADER_EPOCH_CHECKPOINT, reason: error.message })
    return await epochsOf(segments)
  }
}

async function epochsOf(segments: readonly LogSegment[]): Promise<LeaderEpochs> {
  const epochs = new LeaderEpochs()
  for (const segment of segments) {
    await segment.scan({ start: 0, bodies: false }, (chunk, at) => {
      const epoch = batchLeaderEpoch(chunk, at)
      if (epoch > (epochs.latestEpoch ?? -1)) epochs.assign(epoch, batchBaseOffset(chunk, at))
      return 'continue'
    })
  }
  return epochs
}
