/** Waiting for partitions to move on, as produces do for their replicas (Kafka: DelayedProduce). */
import type { Scheduler } from '../ports.js'
import type { Partition } from './partition.js'

/**
 * Waits until `isDone`, which is asked at every move of one of the partitions, or until the time is up.
 *
 * @returns true when done, false when the time was up
 */
export function waitForCommits(options: {
  readonly partitions: Iterable<Partition>
  readonly timeoutMs: number
  readonly scheduler: Scheduler
  readonly isDone: (moved: Partition, appendedBytes: number) => boolean
}): Promise<boolean> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const finish = (result: boolean) => {
      for (const stop of stops) stop()
      resolve(result)
    }
    for (const partition of options.partitions) {
      stops.push(
        partition.onCommit((moved, appendedBytes) => {
          if (options.isDone(moved, appendedBytes)) finish(true)
        }),
      )
    }
    const timer = options.scheduler.schedule(options.timeoutMs, () => finish(false))
    stops.push(() => timer.cancel())
  })
}
