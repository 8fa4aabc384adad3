import type { BatchChecker } from '../checking/batch-checker.js'
import { isHeavy } from '../checking/check-batch.js'
import type { LogConfig } from '../core/log-config.js'
import type { AppendInput } from './prepare-append.js'

/**
 * Has the batches of one log checked elsewhere where that takes long, and keeps their order: what is appended behind such a
 * batch waits for it, whatever it is itself.
 */
export class CheckedAppends {
  readonly #checker: BatchChecker | undefined
  /** Settles, never rejects, with the last append that waits; `undefined` if none does. */
  #last: Promise<void> | undefined

  /** @param checker Without one, everything is checked where it is appended. */
  constructor(checker: BatchChecker | undefined) {
    this.#checker = checker
  }

  /** The input as it may be appended, when its turn has come; `undefined`: at once, as it is. */
  check(input: AppendInput, config: LogConfig): Promise<AppendInput> | undefined {
    const checker = this.#checker
    if (checker === undefined) return undefined
    const isLong = isHeavy(input, config)
    if (!isLong && this.#last === undefined) return undefined
    const checked = inTurn(isLong ? checker.check(input, config) : Promise.resolve(input), this.#last)
    const ended = checked.then(
      () => undefined,
      () => undefined,
    )
    this.#last = ended
    void ended.then(() => {
      if (this.#last === ended) this.#last = undefined
    })
    return checked
  }
}

async function inTurn(checking: Promise<AppendInput>, before: Promise<void> | undefined): Promise<AppendInput> {
  // Its failure is told in its turn, like everything else.
  const [outcome] = await Promise.allSettled([checking])
  await before
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}
