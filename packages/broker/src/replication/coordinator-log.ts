/** The log of a coordinator's partition, through the replica that leads it. */
import { LogAppendError } from '@millrace/log'
import { ProtocolError } from '@millrace/protocol'
import type { CoordinatorLog } from '../coordinator/coordinator-log.js'
import type { Clock } from '../ports.js'
import type { Partition } from './partition.js'

/** How much is read at a time while a coordinator loads its state. */
const readBytes = 1024 * 1024

export function coordinatorLogOf(partition: Partition, clock: Clock): CoordinatorLog {
  const { log } = partition
  return {
    logStartOffset: () => log.logStartOffset,
    logEndOffset: () => log.logEndOffset,
    highWatermark: () => log.highWatermark,
    maxBatchBytes: () => log.config.maxMessageBytes,
    checkAppend: () => partition.leaderMistake(-1) ?? (partition.hasEnoughInSync() ? 'NONE' : 'NOT_ENOUGH_REPLICAS'),
    append: async (records) => {
      const mistake = partition.leaderMistake(-1)
      if (mistake !== undefined) throw new ProtocolError(mistake)
      try {
        return await partition.append({ records, origin: 'coordinator', nowMs: clock.nowMs() })
      } catch (error) {
        throw error instanceof LogAppendError ? new ProtocolError(error.code, error.message) : error
      }
    },
    read: async (offset) => {
      const { records } = await log.read(offset, { maxBytes: readBytes, minOneBatch: true, upTo: 'logEnd' })
      return records
    },
    onHighWatermark: (listener) => partition.onCommit(() => listener(log.highWatermark)),
  }
}
