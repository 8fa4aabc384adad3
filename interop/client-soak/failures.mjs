// Collects what went wrong, in whichever callback it was noticed.
const kept = 20

export class Failures {
  messages = []
  /** The longest that something took, in ms, by its first word. */
  longestMs = {}

  push(message) {
    if (this.messages.length < kept) this.messages.push(message)
  }

  /** What `check` throws is a failure. */
  during(check) {
    try {
      check()
    } catch (error) {
      this.push(error.stack)
    }
  }

  /** Waits for `promise`, which must not take longer, and must not reject. */
  async within(limitMs, what, promise) {
    const startedAt = performance.now()
    const timer = setTimeout(() => this.push(`${what} took more than ${limitMs} ms`), limitMs)
    try {
      await promise
    } catch (error) {
      this.push(`${what}: ${error.stack}`)
    } finally {
      clearTimeout(timer)
    }
    const ms = Math.round(performance.now() - startedAt)
    const [word] = what.split(' ')
    this.longestMs[word] = Math.max(this.longestMs[word] ?? 0, ms)
  }
}
