import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatCleanShutdownMarker,
  formatEpochCheckpoint,
  formatOffsetCheckpoint,
  formatPartitionMetadata,
  formatProperties,
  MalformedCheckpointError,
  parseEpochCheckpoint,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
  parseProperties,
} from './checkpoints.js'

test('offset checkpoint: Kafka text, there and back', () => {
  const offsets = [
    { topic: 'a.b-c', partition: 0, offset: 17 },
    { topic: '__consumer_offsets', partition: 49, offset: 0 },
  ]
  const text = '0\n2\na.b-c 0 17\n__consumer_offsets 49 0\n'
  assert.equal(formatOffsetCheckpoint(offsets), text)
  assert.deepEqual(parseOffsetCheckpoint(text), offsets)
  assert.deepEqual(parseOffsetCheckpoint(text.replaceAll('\n', '\r\n')), offsets)
  assert.deepEqual(parseOffsetCheckpoint(''), [])
  assert.equal(formatOffsetCheckpoint([]), '0\n0\n')
})

test('checkpoints that are not whole are refused', () => {
  for (const text of ['1\n0\n', '0\n2\nt 0 1\n', '0\n1\nt 0\n', '0\n1\nt 0 x\n', '0\n0\nt 0 1\n', 'x', '0\nx\n']) {
    assert.throws(() => parseOffsetCheckpoint(text), MalformedCheckpointError, JSON.stringify(text))
  }
  assert.throws(() => parseEpochCheckpoint('0\n1\n1 2 3\n'), MalformedCheckpointError)
})

test('leader epochs, topic id and clean-shutdown marker', () => {
  const entries = [
    { epoch: 0, startOffset: 0 },
    { epoch: 3, startOffset: 12 },
  ]
  assert.equal(formatEpochCheckpoint(entries), '0\n2\n0 0\n3 12\n')
  assert.deepEqual(parseEpochCheckpoint('0\n2\n0 0\n3 12\n'), entries)
  assert.equal(parsePartitionMetadata(formatPartitionMetadata('oTPdU7gWTv2eYxAFHlKhyw')), 'oTPdU7gWTv2eYxAFHlKhyw')
  assert.throws(() => parsePartitionMetadata('version: 1\ntopic_id: x'), MalformedCheckpointError)
  assert.equal(formatCleanShutdownMarker(-1), '{"version":0,"brokerEpoch":-1}')
})

test('properties: as Java writes them', () => {
  const text = '#\n#Sat Nov 21 16:00:00 UTC 2026\nbroker.id=0\nversion=0\ncluster.id=abc\\=\\:-_\n'
  const properties = parseProperties(text)
  assert.deepEqual(
    [...properties],
    [
      ['broker.id', '0'],
      ['version', '0'],
      ['cluster.id', 'abc=:-_'],
    ],
  )
  assert.deepEqual(parseProperties(formatProperties(properties, 'a comment')), properties)
  assert.throws(() => parseProperties('just-a-key-without-value'), MalformedCheckpointError)
})
