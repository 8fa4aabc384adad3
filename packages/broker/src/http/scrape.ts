/** Writes an exposition to a response in slices, so that neither a long one nor a slow reader holds up anybody else. */
import type { ServerResponse } from 'node:http'

/** How long one slice may hold the event loop, ms. */
const sliceMs = 2
const chunkBytes = 64 * 1024
/** The clock is asked once in so many lines. */
const linesBetweenLooks = 32

/** Resolves when all is handed to the socket, or the reader is gone. */
export async function writeSliced(
  lines: Iterable<string>,
  response: Pick<ServerResponse, 'write' | 'end' | 'on' | 'off' | 'destroyed' | 'writableNeedDrain'>,
  nowMs: () => number = () => performance.now(),
): Promise<void> {
  let sliceStartMs = nowMs()
  let chunk = ''
  let untilLook = linesBetweenLooks
  for (const line of lines) {
    chunk += line
    if (chunk.length >= chunkBytes) {
      const hasRoom = response.write(chunk)
      chunk = ''
      if (!hasRoom) await drained(response)
    }
    if (--untilLook > 0) continue
    untilLook = linesBetweenLooks
    if (response.destroyed) return
    if (nowMs() - sliceStartMs < sliceMs) continue
    await new Promise((resolve) => setImmediate(resolve))
    sliceStartMs = nowMs()
  }
  response.end(chunk)
}

/** The buffer has room again, or the connection is closed. */
async function drained(
  response: Pick<ServerResponse, 'on' | 'off' | 'destroyed' | 'writableNeedDrain'>,
): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
