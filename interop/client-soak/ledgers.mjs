// What was sent, what was acknowledged, and what each group has seen: in numbers alone, because there are millions of them.
import assert from 'node:assert/strict'
import { partitionCount } from './settings.mjs'

const unknown = -1

/** The records of one producer, numbered from 0 in the order in which they were sent. */
export class ProducerLedger {
  name
  sent = 0
  acknowledged = 0
  /** By number: offset × partitions + partition, or unknown. */
  #places = []
  #hasPlaces

  /** `hasPlaces`: the producer is told where its records are. */
  constructor(name, { hasPlaces = true } = {}) {
    this.name = name
    this.#hasPlaces = hasPlaces
  }

  next() {
    this.#places.push(unknown)
    return this.sent++
  }

  acknowledge(number, { partition, offset }) {
    assert.equal(this.#places[number], unknown, `${this.name} ${number} was acknowledged twice`)
    this.#places[number] = offset * partitionCount + partition
    this.acknowledged++
  }

  acknowledgeAll() {
    this.acknowledged = this.sent
  }

  /** One is in the log, where it should be. */
  check(number, partition, offset) {
    if (!this.#hasPlaces) return
    assert.equal(this.#places[number], offset * partitionCount + partition, `${this.name} ${number} is elsewhere`)
  }
}

/** What one group has read. */
export class GroupLedger {
  name
  /** Replays of what was committed by nobody yet. */
  repeated = 0
  #partitions = Array.from({ length: partitionCount }, () => ({ bits: new Uint8Array(1024), count: 0, low: 0 }))
  #hasOthers

  /** `hasOthers`: members of other processes see records too, which is known at the end only. */
  constructor(name, { hasOthers = false } = {}) {
    this.name = name
    this.#hasOthers = hasOthers
  }

  saw(partition, offset) {
    const seen = this.#partitions[partition]
    const index = offset >> 3
    if (index >= seen.bits.length) {
      const bits = new Uint8Array(Math.max(index + 1, seen.bits.length * 2))
      bits.set(seen.bits)
      seen.bits = bits
    }
    const bit = 1 << (offset & 7)
    if ((seen.bits[index] & bit) !== 0) this.repeated++
    else {
      seen.bits[index] |= bit
      seen.count++
      while ((seen.bits[seen.low >> 3] & (1 << (seen.low & 7))) !== 0) seen.low++
    }
  }

  /** How many records of each partition it has seen. */
  get counts() {
    return this.#partitions.map(({ count }) => count)
  }

  /** A member may begin at this offset: everything before has been seen. */
  mayBeginAt(partition, offset) {
    return this.#hasOthers || offset <= this.#partitions[partition].low
  }
}

/**
 * The order in which one member of a group gets records. Every assignment begins at what the group has committed, which is never
 * beyond what it has seen; then there are neither gaps nor repetitions.
 */
export class MemberOrder {
  #group
  #name
  #next = new Map()

  constructor(group, name) {
    this.#group = group
    this.#name = name
  }

  assigned(partitions) {
    for (const { partition } of partitions) this.#next.delete(partition)
  }

  /** Records of a partition in their order. */
  saw({ partition, offset }) {
    const where = `${this.#group.name}, ${this.#name}: partition ${partition}`
    const next = this.#next.get(partition)
    if (next === undefined) {
      assert.ok(this.#group.mayBeginAt(partition, offset), `${where} begins at ${offset}, before which not all is seen`)
    } else assert.equal(offset, next, `${where} goes on at another offset`)
    this.#next.set(partition, offset + 1)
    this.#group.saw(partition, offset)
  }
}

/** The same for a member that gets records of each key in their order. */
export class KeyOrder {
  #group
  #name
  #last = new Map()

  constructor(group, name) {
    this.#group = group
    this.#name = name
  }

  assigned(partitions) {
    for (const { partition } of partitions) {
      for (const place of this.#last.keys()) if (place.startsWith(`${partition} `)) this.#last.delete(place)
    }
  }

  saw({ partition, offset, key, value }) {
    if (key !== null) {
      const { producer, number } = parseValue(value)
      const place = `${partition} ${key} ${producer}`
      const last = this.#last.get(place) ?? -1
      assert.ok(number > last, `${this.#group.name}, ${this.#name}: ${place}: ${number} after ${last}`)
      this.#last.set(place, number)
    }
    this.#group.saw(partition, offset)
  }
}

export function makeValue(producer, number) {
  return `${producer} ${number} ${'lorem ipsum '.repeat(number % 20)}`
}

export function parseValue(value) {
  const [producer, number] = value.split(' ', 2)
  return { producer, number: Number(number) }
}
