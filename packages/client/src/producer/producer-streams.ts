/** Streams into a producer: backpressure is the producer's own. */
import { Writable } from 'node:stream'
import type { CallOptions } from '../ports.js'
import type { SendCallback } from './producer-record.js'

interface Target<R> {
  trySend(record: R, callback?: SendCallback): boolean
  drained(options?: CallOptions): Promise<void>
  flush(options?: CallOptions): Promise<void>
}

export function producerWritable<R>(
  target: Target<R>,
  { highWaterMark }: { readonly highWaterMark?: number },
): Writable {
  const stream: Writable = new Writable({
    objectMode: true,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    write(record: R, _encoding, callback) {
      try {
        const hasRoom = target.trySend(record, (error) => {
          if (error !== null) stream.destroy(error)
        })
        if (hasRoom) callback()
        else target.drained().then(() => callback(), callback)
      } catch (error) {
        callback(error as Error)
      }
    },
    final(callback) {
      target.flush().then(() => callback(), callback)
    },
  })
  return stream
}

export function producerWritableStream<R>(target: Target<R>): WritableStream<R> {
  let failure: unknown
  return new WritableStream<R>({
    async write(record, controller) {
      const hasRoom = target.trySend(record, (error) => {
        if (error === null) return
        failure ??= error
        controller.error(error)
      })
      if (!hasRoom) await target.drained()
    },
    async close() {
      await target.flush()
      if (failure !== undefined) throw failure
    },
  })
}
