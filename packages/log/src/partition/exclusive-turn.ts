/**
 * Lets one thing happen to a log at a time that must be alone with it: a truncation, the end of its use.
 *
 * Everything else asks {@link ExclusiveTurn.taken}, again after each wait, as another may have been quicker:
 *
 *     while (turn.taken !== undefined) await turn.taken
 */
export class ExclusiveTurn {
  readonly #idle: () => Promise<void>
  #taken: Promise<void> | undefined

  /** @param idle Resolves when what had begun before the turn is done. */
  constructor(idle: () => Promise<void>) {
    this.#idle = idle
  }

  /** Resolves, never rejects, when the turn under way has ended; `undefined` if there is none. */
  get taken(): Promise<void> | undefined {
    return this.#taken
  }

  /** Waits for what is under way, and lets nothing begin meanwhile. */
  async take(action: () => Promise<void>): Promise<void> {
    while (this.#taken !== undefined) await this.#taken
    const run = this.#idle().then(action)
    // Others wait for the end, whatever it is.
    const ended = run.then(
      () => undefined,
      () => undefined,
    )
    this.#taken = ended
    void ended.then(() => {
      if (this.#taken === ended) this.#taken = undefined
    })
    await run
  }
}
