/** Waiting for a partition to move on, as produces do for their replicas (Kafka: DelayedProduce). */
import type { Scheduler } from '../ports.js'
import type { Partition } from './partition.js'

/**
 * Waits until `isDone`, which is asked at every move of the partition, or until the time is up.
 *
 * @returns true when done, false when the time was up
 */
export function waitForCommit(options: {
  readonly partition: Partition
  readonly timeoutMs: number
  readonly scheduler: Scheduler
  readonly isDone: () => boolean
}): Promise<boolean> {
  const { partition, timeoutMs, scheduler, isDone } = options
  return new Promise((resolve) => {
    const finish = (result: boolean) => {
      stopListening()
      timer.cancel()
      resolve(result)
    }
    const stopListening = partition.onCommit(() => {
      if (isDone()) finish(true)
    })
    const timer = scheduler.schedule(timeoutMs, () => finish(false))
  })
}
