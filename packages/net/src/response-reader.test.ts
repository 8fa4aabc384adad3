import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseReader } from './response-reader.js'

test('responses come out whole and in order, however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 4, maxLength: 50 }), { maxLength: 12 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sent, sizes) => {
      const stream = Buffer.concat(
        sent.flatMap((body) => {
          const length = Buffer.alloc(4)
          length.writeInt32BE(body.length)
          return [length, body]
        }),
      )
      const reader = new ResponseReader(50)
      const received: Buffer[] = []
      let at = 0
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] as number)
        reader.push(Buffer.from(stream.subarray(at, end)), (body) => received.push(Buffer.from(body)))
        at = end
      }
      assert.deepEqual(
        received,
        sent.map((body) => Buffer.from(body)),
      )
    }),
  )
})

test('a length that no response has ends the stream before its bytes are there', () => {
  for (const length of [-1, 3, 51, 0x48545450]) {
    const head = Buffer.alloc(4)
    head.writeInt32BE(length)
    const reader = new ResponseReader(50)
    reader.push(head.subarray(0, 1), () => {})
    assert.throws(() => reader.push(head.subarray(1), () => {}), { code: 'MALFORMED_RESPONSE' })
  }
})
