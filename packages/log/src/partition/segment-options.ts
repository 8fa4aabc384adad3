import type { LogConfig } from '../core/log-config.js'
import { rollJitterMs } from '../core/roll.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import type { SegmentOptions } from '../segment/log-segment.js'

/** The log that a segment belongs to. */
interface SegmentOwner {
  readonly environment: LogEnvironment
  readonly directory: string
  readonly config: LogConfig
  readonly indexCache: IndexCache
}

/** The options of a segment of this log. */
export function segmentOptions(log: SegmentOwner, baseOffset: number): SegmentOptions {
  const { environment, directory, config, indexCache } = log
  return {
    disk: environment.disk,
    directory,
    baseOffset,
    indexIntervalBytes: config.indexIntervalBytes,
    jitterMs: rollJitterMs(config, environment.random()),
    createdMs: environment.clock.nowMs(),
    indexCache,
  }
}
