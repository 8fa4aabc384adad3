/** Lets one action at a time touch a thing: the next begins when the one before has ended, however it ended. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** `key` names the thing. Actions of different keys do not wait for each other. */
  async take<T>(key: string, action: () => Promise<T>): Promise<T> {
    const run = (this.#last.get(key) ?? Promise.resolve()).then(action)
    const ended = run.then(nothing, nothing)
    this.#last.set(key, ended)
    try {
      return await run
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    }
  }
}

function nothing(): void {}
