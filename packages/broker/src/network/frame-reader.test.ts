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

const allocate = (bytes: number) => Buffer.allocUnsafe(bytes)

function readAll(chunks: readonly Buffer[], maxBytes = 1000): Buffer[] {
  const frames: Buffer[] = []
  const reader = new FrameReader({ maxBytes, allocate, onFrame: (frame) => frames.push(frame) })
  for (const chunk of chunks) {
    // As a socket does that reads everything into one buffer.
    const shared = Buffer.from(chunk)
    assert.equal(reader.push(shared), shared.length)
    shared.fill(0xee)
  }
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

test('the rest of a long frame can be put straight into its buffer', () => {
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))
  const stream = framed(body)
  const frames: Buffer[] = []
  const reader = new FrameReader({ maxBytes: 100_000, allocate, onFrame: (frame) => frames.push(frame) })
  assert.equal(reader.rest, undefined)
  reader.push(stream.subarray(0, 1000))
  let at = 1000
  for (let rest = reader.rest; rest !== undefined; rest = reader.rest) {
    const count = stream.copy(rest, 0, at, at + 30_000)
    at += count
    reader.filled(count)
  }
  reader.push(stream.subarray(at))
  assert.deepEqual(frames, [body])
  assert.equal(reader.isWithinFrame, false)
})

test('while there is no room for a frame nothing is taken of it, and all of it afterwards', () => {
  const stream = Buffer.concat([framed(Buffer.from('first')), framed(Buffer.from('second')), framed(Buffer.from('3'))])
  const asked: number[] = []
  const frames: string[] = []
  const reader = new FrameReader({
    maxBytes: 100,
    allocate: (bytes) => {
      asked.push(bytes)
      return asked.length === 2 ? undefined : Buffer.alloc(bytes)
    },
    onFrame: (frame) => frames.push(String(frame)),
  })
  const taken = reader.push(stream)
  assert.equal(taken, 4 + 5 + 4)
  assert.equal(reader.wantedBytes, 6)
  assert.equal(reader.push(stream.subarray(taken)), stream.length - taken)
  assert.deepEqual(frames, ['first', 'second', '3'])
  assert.deepEqual(asked, [5, 6, 6, 1])
  assert.equal(reader.wantedBytes, undefined)
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
  const reader = new FrameReader({ maxBytes: 10, allocate, onFrame: (frame) => frames.push(frame) })
  assert.throws(() => reader.push(Buffer.concat([framed(Buffer.from('good')), lengthOf(11)])), FrameSizeError)
  assert.deepEqual(frames, [Buffer.from('good')])
})
