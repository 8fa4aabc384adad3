import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameLengthError, FrameReader } from './frame-reader.js'

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

test('packets come out whole and in order, however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 90 })), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(frame))
      const reader = new FrameReader(60)
      const received: Buffer[] = []
      let at = 0
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % Math.max(1, sizes.length)] ?? stream.length)
        reader.push(stream.subarray(at, end), (body) => received.push(Buffer.from(body)))
        at = end
      }
      assert.deepEqual(
        received,
        sent.map((body) => Buffer.from(body)),
      )
    }),
  )
})

test('a length that is negative or too large ends the stream, before its bytes are there', () => {
  for (const length of [-1, 61, 0x7fffffff]) {
    const head = Buffer.alloc(4)
    head.writeInt32BE(length)
    assert.throws(() => new FrameReader(60).push(head, () => {}), FrameLengthError)
    const cut = new FrameReader(60)
    cut.push(head.subarray(0, 3), () => {})
    assert.throws(() => cut.push(head.subarray(3), () => {}), FrameLengthError)
  }
})
