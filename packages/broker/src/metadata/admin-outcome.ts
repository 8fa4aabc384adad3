/** What becomes of an administrator's request that the cluster store has to carry out. */
import type { ErrorName } from '@millrace/protocol'
import { isZooKeeperError } from '@millrace/zookeeper'
import { deadlineSignal, type Logger, type Scheduler } from '../ports.js'

export interface AdminOutcome {
  readonly error: ErrorName
  readonly message: string | null
}

export const done: AdminOutcome = { error: 'NONE', message: null }
export const timedOut: AdminOutcome = { error: 'REQUEST_TIMED_OUT', message: 'The request timed out.' }

/**
 * How long a store that does not answer is waited for, ms, where a request says less or nothing: what is refused must be
 * told even to those who do not want to wait for what is done.
 */
const STORE_TIMEOUT_MS = 5000

/**
 * Asks the cluster store. One that does not answer in time, because its disk is full or broken, is REQUEST_TIMED_OUT; what
 * was asked is done late, or never. A refusal that nobody expected is UNKNOWN_SERVER_ERROR, as in Kafka.
 */
export async function askStore<Outcome>(
  { scheduler, logger }: { readonly scheduler: Scheduler; readonly logger: Logger },
  timeoutMs: number,
  ask: () => Promise<Outcome>,
): Promise<Outcome | AdminOutcome> {
  const deadline = deadlineSignal(scheduler, Math.max(timeoutMs, STORE_TIMEOUT_MS))
  const late = new Promise<AdminOutcome>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(timedOut), { once: true })
  })
  try {
    return await Promise.race([ask(), late])
  } catch (error) {
    if (!isZooKeeperError(error)) throw error
    if (error.code === 'CONNECTIONLOSS') {
      // Sessions ask again as long as they live: this one was closed, as the broker stops. What became of it is unknown.
      logger.info('The stop cut off a request to the store of cluster metadata', { path: error.path })
      return timedOut
    }
    logger.error('The store of cluster metadata refused a request', { reason: String(error) })
    return {
      error: 'UNKNOWN_SERVER_ERROR',
      message: 'The server experienced an unexpected error when processing the request.',
    }
  } finally {
    deadline.cancel()
  }
}
