import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameReader } from './wire.mjs'

test('frames are found wherever the stream is cut', () => {
  const frames = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('longer than the others')]
  const stream = Buffer.concat(frames.flatMap((frame) => [lengthOf(frame), frame]))
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const found = []
      const read = frameReader((frame) => found.push(frame.toString()))
      for (const [from, to] of [
        [0, first],
        [first, second],
        [second, stream.length],
      ])
        if (to > from) read(stream.subarray(from, to))
      assert.deepEqual(found, frames.map(String), `cut at ${first} and ${second}`)
    }
  }
})

function lengthOf(frame) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(frame.length)
  return bytes
}
