import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameReader, FrameSizeError } from './frame-reader.js'

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

function lengthOf(size: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(size)
  return length
}

function readAll(chunks: readonly Buffer[], maxBytes = 1000): Buffer[] {
  const frames: Buffer[] = []
  const reader = new FrameReader(maxBytes, (frame) => frames.push(frame))
  for (const chunk of chunks) reader.push(chunk)
  return frames
}

test('frames come out the same wherever one cut divides the stream', () => {
  const bodies = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('a longer third frame'), Buffer.from([0])]
  const stream = Buffer.concat(bodies.map(framed))
  for (let cut = 0; cut <= stream.length; cut++) {
    assert.deepEqual(readAll([stream.subarray(0, cut), stream.subarray(cut)]), bodies, `cut at ${cut}`)
  }
})

test('frames come out the same however the stream is cut into chunks', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 })
  fc.assert(
    fc.property(bodies, cuts, (frames, positions) => {
      const stream = Buffer.concat(frames.map(framed))
      const sorted = [0, ...positions.filter((at) => at <= stream.length).sort((a, b) => a - b), stream.length]
      const chunks = sorted.slice(1).map((end, index) => stream.subarray(sorted[index], end))
      assert.deepEqual(
        readAll(chunks),
        frames.map((frame) => Buffer.from(frame)),
      )
    }),
  )
})

test('a frame that arrives byte by byte is read', () => {
  const stream = framed(Buffer.from('slowly'))
  const bytes = Array.from(stream, (_, at) => stream.subarray(at, at + 1))
  assert.deepEqual(readAll(bytes), [Buffer.from('slowly')])
})

test('a frame within one chunk is a view of that chunk', () => {
  const chunk = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))])
  const frames = readAll([chunk])
  assert.deepEqual(
    frames.map(({ buffer, byteOffset }) => ({ isView: buffer === chunk.buffer, at: byteOffset - chunk.byteOffset })),
    [
      { isView: true, at: 4 },
      { isView: true, at: 11 },
    ],
  )
})

test('a frame over two chunks gets a buffer of exactly its size', () => {
  const stream = framed(Buffer.alloc(100, 7))
  const [frame] = readAll([stream.subarray(0, 50), stream.subarray(50)])
  assert.equal(frame?.buffer.byteLength, 100)
})

for (const size of [-1, -(2 ** 31), 1001, 2 ** 31 - 1]) {
  test(`a length of ${size} is refused when the limit is 1000, before anything is allocated for it`, () => {
    for (const cut of [0, 1, 2, 3]) {
      const length = lengthOf(size)
      assert.throws(
        () => readAll([length.subarray(0, cut), length.subarray(cut)]),
        (error) => error instanceof FrameSizeError && error.size === size,
      )
    }
  })
}

test('a frame of exactly the limit is read', () => {
  assert.equal(readAll([framed(Buffer.alloc(1000))])[0]?.length, 1000)
})

test('frames before a refused length are handed over', () => {
  const frames: Buffer[] = []
  const reader = new FrameReader(10, (frame) => frames.push(frame))
  assert.throws(() => reader.push(Buffer.concat([framed(Buffer.from('good')), lengthOf(11)])), FrameSizeError)
  assert.deepEqual(frames, [Buffer.from('good')])
})
