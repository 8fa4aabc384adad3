/** The thread of a {@link WorkerBatchChecker}: checks one batch after the other. */
import assert from 'node:assert/strict'
import { parentPort } from 'node:worker_threads'
import { BATCH_OVERHEAD } from '@millrace/protocol'
import { discard } from '../discard.js'
import { LogAppendError } from '../partition/log-error.js'
import { checkBatch } from '../partition/prepare-append.js'
import type { CheckTask, CheckVerdict } from './check-messages.js'

assert(parentPort !== null, 'this is a worker thread')
const port = parentPort
port.on('message', (task: CheckTask) => {
  const verdict = verdictOf(task)
  const moved = verdict.kind === 'good' && verdict.records !== undefined ? [verdict.records] : []
  port.postMessage(verdict, moved)
  discard(task.records)
})

function verdictOf({ input, config, records }: CheckTask): CheckVerdict {
  const batch = Buffer.from(records)
  const header = Uint8Array.prototype.slice.call(batch, 0, BATCH_OVERHEAD)
  try {
    const checked = checkBatch({ ...input, records: batch }, config)
    const sizeInBytes = checked.length
    if (checked.buffer !== batch.buffer) {
      return { kind: 'good', records: Uint8Array.prototype.slice.call(checked).buffer, sizeInBytes }
    }
    const patched = Uint8Array.prototype.slice.call(checked, 0, BATCH_OVERHEAD)
    const isSame = Buffer.compare(patched, header) === 0
    return { kind: 'good', records: undefined, header: isSame ? undefined : patched, sizeInBytes }
  } catch (error) {
    if (!(error instanceof LogAppendError)) throw error
    return { kind: 'refused', code: error.code, message: error.message, recordErrors: error.recordErrors }
  }
}
