import { setImmediate } from 'node:timers/promises'

/** Long enough that a turn costs next to nothing, short enough that nobody notices. */
const SHARE_MS = 5

/**
 * What one request may take of the event loop before others have their turn.
 *
 *     const share = new LoopShare()
 *     for (const item of manyItems) {
 *       describe(item)
 *       if (share.isUsedUp) await share.next()
 *     }
 */
export class LoopShare {
  #sinceMs = performance.now()

  get isUsedUp(): boolean {
    return performance.now() - this.#sinceMs > SHARE_MS
  }

  /** Resolves in the next turn of the loop. */
  async next(): Promise<void> {
    await setImmediate()
    this.#sinceMs = performance.now()
  }
}

/** Begins an action for every item, giving others their turn in between; rejects with the first error, as Promise.all does. */
export async function allInTurns<Item, Result>(
  items: Iterable<Item>,
  action: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const share = new LoopShare()
  const begun: Promise<Result>[] = []
  for (const item of items) {
    const result = action(item)
    // Heard of below: it may come to nothing before all have begun.
    result.catch(() => undefined)
    begun.push(result)
    if (share.isUsedUp) await share.next()
  }
  return await Promise.all(begun)
}

/** Does the steps one after the other, giving others their turn in between. */
export async function inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result> {
  const share = new LoopShare()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (share.isUsedUp) await share.next()
  }
}
