import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileNameFor, markedDirectoryName, offsetOfFileName, parseDirectoryName } from './file-names.js'
import { expiredSegments, type RetentionInput } from './retention.js'
import { rollJitterMs, rollReason } from './roll.js'

test('file names', () => {
  assert.equal(fileNameFor(42, '.log'), '00000000000000000042.log')
  assert.equal(offsetOfFileName('00000000000000000042.timeindex.deleted'), 42)
  for (const name of ['partition.metadata', 'leader-epoch-checkpoint', '.log', '99999999999999999999.log']) {
    assert.equal(offsetOfFileName(name), undefined, name)
  }
})

test('directory names', () => {
  const id = '0123456789abcdef0123456789abcdef'
  const cases: [name: string, expected: ReturnType<typeof parseDirectoryName>][] = [
    ['my-topic-3', { kind: 'current', topic: 'my-topic', partition: 3 }],
    ['a.b-0', { kind: 'current', topic: 'a.b', partition: 0 }],
    [`t-1.${id}-delete`, { kind: 'delete', topic: 't', partition: 1 }],
    [`a.b-1.${id}-stray`, { kind: 'stray', topic: 'a.b', partition: 1 }],
    [`t-1.${id}-future`, { kind: 'future', topic: 't', partition: 1 }],
    ['lost+found', undefined],
    ['t', undefined],
    ['t-x', undefined],
    ['-1', undefined],
    ['t-99999999999', undefined],
  ]
  for (const [name, expected] of cases) assert.deepEqual(parseDirectoryName(name), expected, name)
  const long = markedDirectoryName({ topic: 'x'.repeat(249), partition: 7 }, 'delete', id)
  assert.equal(long.length, 255)
  assert.equal(parseDirectoryName(long)?.kind, 'delete')
})

test('roll decision', () => {
  const config = { segmentBytes: 100, segmentMs: 1000 }
  const segment = { baseOffset: 10, sizeInBytes: 50, firstTimestamp: 5000, createdMs: 0, jitterMs: 0, indexFull: false }
  const batches = { sizeInBytes: 50, maxTimestamp: 6000, lastOffset: 20, nowMs: 0 }
  const reason = (s: Partial<typeof segment>, b: Partial<typeof batches> = {}) =>
    rollReason({ ...segment, ...s }, { ...batches, ...b }, config)
  assert.equal(reason({}), undefined)
  assert.equal(reason({ sizeInBytes: 51 }), 'size')
  assert.equal(reason({}, { maxTimestamp: 6001 }), 'time')
  assert.equal(reason({ jitterMs: 1 }), 'time')
  assert.equal(reason({ sizeInBytes: 0 }, { maxTimestamp: 6001 }), undefined, 'an empty segment has all the time')
  assert.equal(reason({ firstTimestamp: -1 }, { nowMs: 1001 }), 'time', 'without timestamps by the clock')
  assert.equal(reason({ firstTimestamp: -1 }, { nowMs: 1000 }), undefined)
  assert.equal(reason({ indexFull: true }), 'index')
  assert.equal(reason({}, { lastOffset: 10 + 2 ** 31 }), 'offset')
  assert.equal(reason({}, { lastOffset: 9 + 2 ** 31 }), undefined)
  assert.equal(rollJitterMs({ segmentMs: 1000, segmentJitterMs: 0 }, 0.99), 0)
  assert.equal(rollJitterMs({ segmentMs: 1000, segmentJitterMs: 5000 }, 0.5), 500)
})

test('retention decision', () => {
  const segments = [0, 10, 20, 30].map((baseOffset) => ({
    baseOffset,
    sizeInBytes: 100,
    largestTimestamp: baseOffset * 100,
  }))
  const count = (input: Partial<Omit<RetentionInput, 'config'>>, config: Partial<RetentionInput['config']>) =>
    expiredSegments({
      segments,
      logStartOffset: 0,
      logEndOffset: 40,
      highWatermark: 40,
      nowMs: 5000,
      ...input,
      config: { cleanupPolicy: ['delete'], retentionMs: -1, retentionBytes: -1, ...config },
    }).count
  assert.equal(count({}, {}), 0)
  assert.equal(count({}, { retentionBytes: 250 }), 1)
  assert.equal(count({}, { retentionBytes: 300 }), 1)
  assert.equal(count({}, { retentionBytes: 301 }), 0)
  assert.equal(count({}, { retentionBytes: 0 }), 4)
  assert.equal(count({}, { retentionMs: 3999 }), 2)
  assert.equal(count({}, { retentionMs: 0 }), 4)
  assert.equal(count({ highWatermark: 20 }, { retentionMs: 0 }), 2)
  assert.equal(count({ highWatermark: 19 }, { retentionMs: 0 }), 1)
  assert.equal(count({ logStartOffset: 25 }, {}), 2)
  assert.equal(count({ logStartOffset: 25 }, { cleanupPolicy: ['compact'], retentionMs: 0, retentionBytes: 0 }), 2)
  assert.equal(count({ logStartOffset: 10 }, { retentionBytes: 200 }), 2, 'first by start offset, then by size')
  const withEmptyActive = [...segments.slice(0, 1), { baseOffset: 10, sizeInBytes: 0, largestTimestamp: 0 }]
  assert.equal(count({ segments: withEmptyActive, logEndOffset: 10, highWatermark: 10 }, { retentionMs: 0 }), 1)
})
