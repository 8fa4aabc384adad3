import type { LogConfig } from '../core/log-config.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import type { LogRepair } from './partition-log-types.js'

/** What is loaded, and what was known of it. */
export interface LoadOptions {
  readonly environment: LogEnvironment
  readonly directory: string
  readonly config: LogConfig
  readonly indexCache: IndexCache
  /** Was the log closed cleanly, so that nothing needs to be checked? */
  readonly cleanShutdown: boolean
  /** Everything below is known to be on disk. */
  readonly recoveryPoint: number
  /** The log start offset as checkpointed. */
  readonly logStartOffset: number
}

/** Told of each file that is damaged, and made anew or left out. */
export type RepairListener = (repair: LogRepair) => void
