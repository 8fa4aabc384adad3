import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogDirectoryError, type LogDirectoryErrorCode } from '@millrace/log'
import { ErrorCode } from '@millrace/protocol'
import { MemoryLogger } from '../testing/memory-logger.js'
import { ReplicaManager } from './replica-manager.js'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** One whose logs cannot be opened. */
function withoutLogs(code: LogDirectoryErrorCode) {
  const logger = new MemoryLogger()
  const failure = new LogDirectoryError(code, 'no', { directory: '/logs' })
  const replicas = new ReplicaManager({
    brokerId: 0,
    logs: { get: () => undefined, getOrCreate: () => Promise.reject(failure), delete: () => Promise.resolve() },
    minInSyncReplicas: () => 1,
    logger,
  })
  const lead = (partitionIndex: number) =>
    replicas.becomeLeaderOrFollower('t', topicId, {
      partitionIndex,
      controllerEpoch: 1,
      leader: 0,
      leaderEpoch: 0,
      isr: [0],
      partitionEpoch: 0,
      replicas: [0],
      addingReplicas: [],
      removingReplicas: [],
      isNew: true,
      leaderRecoveryState: 0,
    })
  return { lead, logger }
}

test('a log that cannot be opened: KAFKA_STORAGE_ERROR, told once for each partition', async () => {
  const { lead, logger } = withoutLogs('ALL_OFFLINE')
  for (const index of [0, 0, 1]) assert.deepEqual(await lead(index), { errorCode: ErrorCode.KAFKA_STORAGE_ERROR })
  assert.equal(logger.lines.length, 2)
})

test('a broker that stops opens no log any more, and that is no failure', async () => {
  const { lead, logger } = withoutLogs('CLOSED')
  assert.deepEqual(await lead(0), { errorCode: ErrorCode.KAFKA_STORAGE_ERROR })
  assert.deepEqual(logger.lines, [])
})
