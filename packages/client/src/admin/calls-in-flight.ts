import { KafkaError } from '../errors.js'
import { holdProcess } from '../keep-alive.js'

/** Calls that are not over. They keep the process alive, and `close` waits for them. */
export class CallsInFlight {
  #count = 0
  #isClosed = false
  #onIdle = () => {}

  /** Errors: CLOSED; those of `call`. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the admin client is closed')
    this.#count++
    const release = holdProcess()
    try {
      return await call()
    } finally {
      release()
      this.#count--
      if (this.#count === 0) this.#onIdle()
    }
  }

  /** No call begins any more; resolves when the last one is over. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      const before = this.#onIdle
      this.#onIdle = () => {
        before()
        resolve()
      }
    })
  }
}
