/** What a broker does when one of its log directories fails (Kafka: ReplicaManager.handleLogDirFailure, LogManager). */
import type { LogDirectoryFailure } from '@millrace/log'
import type { Logger } from '../ports.js'
import type { ReplicaManager } from './replica-manager.js'

export interface LogDirFailureHandlerOptions {
  readonly replicas: Pick<ReplicaManager, 'handleLogDirFailure'>
  /** Tells the controller to ask which replicas are left; it hears of the offline ones in the answers. */
  readonly propagate: () => Promise<void>
  /** No directory is left: the process must end at once, without a clean shutdown. */
  readonly halt: (reason: string) => void
  readonly logger: Logger
}

/** Takes the directory's replicas offline and tells the controller; with the last directory, ends the broker. */
export function logDirFailureHandler(options: LogDirFailureHandlerOptions): (failure: LogDirectoryFailure) => void {
  const { replicas, propagate, halt, logger } = options
  return ({ path, error, logs, remaining }) => {
    const partitions = logs.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
    logger.error('A log directory has failed: its partitions are offline', { path, reason: String(error), partitions })
    replicas.handleLogDirFailure(logs)
    if (remaining === 0) {
      halt('All log directories have failed')
      return
    }
    propagate().catch((failure: unknown) => {
      // With a new session the controller asks for every replica anyway.
      logger.warn('The controller was not told of the failed log directory', { path, reason: String(failure) })
    })
  }
}
