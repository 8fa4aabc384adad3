/** Records as streams, which take one at a time: what a stream had in its buffer would count as finished. */
import { Readable } from 'node:stream'

export function readableOf<T>(records: AsyncIterableIterator<T>): Readable {
  return new Readable({
    objectMode: true,
    highWaterMark: 0,
    read() {
      records.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, callback) {
      const ended = records.return?.() ?? Promise.resolve()
      ended.then(
        () => callback(error),
        (failure: Error) => callback(error ?? failure),
      )
    },
  })
}

export function readableStreamOf<T>(records: AsyncIterableIterator<T>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await records.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await records.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
