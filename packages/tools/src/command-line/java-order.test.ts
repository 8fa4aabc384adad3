import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOrder, partitionHash, stringHash } from './java-order.js'

test("hashes are those of Java's String and of Kafka's TopicPartition", () => {
  assert.equal(stringHash('hello world'), 1794106052)
  assert.equal(stringHash('polygenelubricants'), -2147483648)
  assert.equal(partitionHash({ topic: 'a', partition: 2 }), 31 * 33 + 97)
})

test('partitions come in the order of kafka-consumer-groups --describe (recorded from 3.9.1)', () => {
  const partitions = [...Array(20).keys()].map((partition) => ({ topic: 'wide', partition }))
  const ordered = hashOrder(partitions, partitionHash).map(({ partition }) => partition)
  assert.deepEqual(ordered, [0, 1, 2, 3, 4, 13, 14, 15, 16, 17, 18, 19, 5, 6, 7, 8, 9, 10, 11, 12])
})

test('groups come in the order of kafka-consumer-groups --list (recorded from 3.9.1)', () => {
  assert.deepEqual(hashOrder(['g-empty', 'g-other', 'g-wide', 'g-live'], stringHash), [
    'g-other',
    'g-empty',
    'g-wide',
    'g-live',
  ])
})
