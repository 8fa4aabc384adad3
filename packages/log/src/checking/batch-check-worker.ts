/** The thread of a {@link WorkerBatchChecker}: checks one batch after the other. */
import assert from 'node:assert/strict'
import { parentPort } from 'node:worker_threads'
import { LogAppendError } from '../partition/log-error.js'
import { checkBatch } from '../partition/prepare-append.js'
import type { CheckTask, CheckVerdict } from './check-messages.js'

assert(parentPort !== null, 'this is a worker thread')
const port = parentPort
port.on('message', (task: CheckTask) => {
  const verdict = verdictOf(task)
  const moved = verdict.kind === 'good' && verdict.records !== undefined ? [verdict.records] : []
  port.postMessage(verdict, moved)
})

function verdictOf({ input, config, records }: CheckTask): CheckVerdict {
  const batch = Buffer.from(records)
  try {
    const checked = checkBatch({ ...input, records: batch }, config)
    const isUnchanged = checked.buffer === batch.buffer
    return {
      kind: 'good',
      records: isUnchanged ? undefined : Uint8Array.prototype.slice.call(checked).buffer,
      sizeInBytes: checked.length,
    }
  } catch (error) {
    if (!(error instanceof LogAppendError)) throw error
    return { kind: 'refused', code: error.code, message: error.message, recordErrors: error.recordErrors }
  }
}
