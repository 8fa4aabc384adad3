/** Gathers messages of one turn into one, because each one costs the receiver a turn of its own. */
export class Outbox<T> {
  readonly #post: (messages: readonly T[]) => void
  #messages: T[] = []

  constructor(post: (messages: readonly T[]) => void) {
    this.#post = post
  }

  push(message: T): void {
    this.#messages.push(message)
    if (this.#messages.length === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    const messages = this.#messages
    this.#messages = []
    this.#post(messages)
  }
}
