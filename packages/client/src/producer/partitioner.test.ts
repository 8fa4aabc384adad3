import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaPartitioner, partitionForKey, roundRobinPartitioner } from './partitioner.js'

// Hashes of Kafka's own test of murmur2: their signs differ, and one of them is of an empty key.
const MURMUR2: readonly (readonly [string, number])[] = [
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
]

test('a key’s partition is Java’s: murmur2 without its sign, also for negative hashes', () => {
  for (const [key, hash] of MURMUR2) {
    for (const count of [1, 3, 12, 1000]) {
      assert.equal(partitionForKey(Buffer.from(key), count), (hash & 0x7fff_ffff) % count, key)
    }
  }
})

test('an empty key has a partition of its own', () => {
  assert.equal(partitionForKey(Buffer.alloc(0), 1000), 275_646_681 % 1000)
})

test('round robin: one after the other, each topic for itself, only those with a leader', () => {
  const partition = roundRobinPartitioner<string, string>()
  const cluster = { partitionCount: () => 4, availablePartitions: (topic: string) => (topic === 'a' ? [0, 2, 3] : []) }
  const next = (topic: string) => partition({ topic, value: 'v' }, null, cluster)
  assert.deepEqual([next('a'), next('a'), next('a'), next('a')], [0, 2, 3, 0])
  assert.deepEqual([next('b'), next('b')], [0, 1])
})

test('partitioner.class takes Java’s names, with or without their package', () => {
  assert.equal(javaPartitioner('org.apache.kafka.clients.producer.UniformStickyPartitioner')?.ignoresKeys, true)
  assert.equal(javaPartitioner('RoundRobinPartitioner')?.partition, roundRobinPartitioner)
  assert.deepEqual(javaPartitioner('org.apache.kafka.clients.producer.internals.DefaultPartitioner'), {})
  assert.equal(javaPartitioner('com.example.Mine'), undefined)
})
