// What a partition must hold: every record that was answered, where it was answered to be, once, each producer's in
// order, at offsets without a gap. Records below the log's start may be gone.
import assert from 'node:assert/strict'
import { apis, ErrorCode, errorName, fetchOnce, listOffset, recordsIn } from '../../lib/raw.mjs'

const fetchBytes = 4 * 1024 * 1024

export class LogModel {
  topic
  partition
  /** The log start as far as it is known, and the highest that was asked for. */
  startAnswered = 0
  startAsked = 0
  /** The highest end that was answered. */
  end = 0
  /** Digests of values by offset, as answered. */
  #valueAt = new Map()
  /** For each producer how many of its records were answered. */
  #answered = new Map()

  constructor(topic, partition) {
    this.topic = topic
    this.partition = partition
  }

  acknowledge(producer, values, baseOffset) {
    this.#answered.set(producer, (this.#answered.get(producer) ?? 0) + values.length)
    if (baseOffset === undefined) return
    for (const [index, value] of values.entries()) {
      const offset = baseOffset + index
      assert.ok(!this.#valueAt.has(offset), `${this.topic}-${this.partition}: offset ${offset} was given twice`)
      this.#valueAt.set(offset, labelOf(value))
    }
    this.end = Math.max(this.end, baseOffset + values.length)
  }

  /** Compares; every producer must have been resumed before, so that nothing unanswered is left. */
  async verify(client, when) {
    const at = `${when}: ${this.topic}-${this.partition}`
    const { topic, partition } = this
    const start = await listOffset(client, topic, partition, -2)
    const end = await listOffset(client, topic, partition, -1)
    assert.ok(
      start <= this.startAsked,
      `${at}: it starts at ${start}, and deletion up to ${this.startAsked} was asked for`,
    )
    // As in Kafka the start is in a checkpoint that is written now and then: kill -9 may bring records back.
    this.startAnswered = start
    assert.equal(end, Math.max(this.end, start), `${at}: its end`)
    assert.equal(await logEndOffset(client, topic, partition), end, `${at}: its high watermark and its log end differ`)

    const counts = new Map()
    let next = start
    while (next < end) {
      const { errorCode, records } = await fetchOnce(client, topic, next, { partition, maxBytes: fetchBytes })
      assert.equal(errorCode, ErrorCode.NONE, `${at}: fetch at ${next}: ${errorName(errorCode)}`)
      const found = recordsIn(records, next)
      assert.ok(found.length > 0, `${at}: nothing at offset ${next}, below the end ${end}`)
      for (const { offset, value } of found) {
        assert.equal(offset, next++, `${at}: offsets have a gap`)
        this.#expectRecord(at, offset, value.toString(), counts)
      }
    }
    for (const offset of this.#valueAt.keys()) if (offset < start) this.#valueAt.delete(offset)
    for (const [producer, count] of counts) {
      assert.equal(count, this.#answered.get(producer), `${at}: how many records of ${producer} there are`)
    }
  }

  #expectRecord(at, offset, value, counts) {
    const label = labelOf(value)
    const answered = this.#valueAt.get(offset)
    if (answered !== undefined) assert.equal(label, answered, `${at}: the record at offset ${offset}`)
    const [producer, , number] = label.split('/')
    const expected = counts.get(producer)
    if (expected !== undefined) assert.equal(Number(number), expected, `${at}: the order of ${producer}`)
    counts.set(producer, Number(number) + 1)
  }
}

/** What tells a value from others: what follows is filler. */
function labelOf(value) {
  return value.split('/', 3).join('/')
}

/** The end of the log itself, which a leader's epoch tells; ListOffsets gives the high watermark. */
async function logEndOffset(client, topic, partition) {
  const { topics: described } = await client.call(apis.Metadata, 12, { topics: [{ name: topic }] })
  const { leaderEpoch } = described[0].partitions.find(({ partitionIndex }) => partitionIndex === partition)
  const { topics } = await client.call(apis.OffsetForLeaderEpoch, 4, {
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, leaderEpoch }] }],
  })
  return topics[0].partitions[0].endOffset
}
