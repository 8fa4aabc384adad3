// What is in the log in the end, and what each group has read of it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { KafkaConsumer, Serdes } from '../../packages/client/dist/index.js'
import { parseValue } from './ledgers.mjs'
import { partitionCount, sleep, topic } from './settings.mjs'

const catchUpMs = 60_000

/** Every record that was acknowledged is there, once, in the order of its producer. Returns how many there are of each partition. */
export async function checkLog(bootstrap, ledgers) {
  const byName = new Map(ledgers.map((ledger) => [ledger.name, ledger]))
  const found = new Map(ledgers.map(({ name }) => [name, 0]))
  const last = new Map()
  const ends = await readAll(bootstrap, topic, {}, ({ partition, offset, value }) => {
    const { producer, number } = parseValue(value)
    const place = `${producer} in partition ${partition}`
    const before = last.get(place) ?? -1
    assert.ok(number > before, `${place}: ${number} comes after ${before}, at offset ${offset}`)
    last.set(place, number)
    const ledger = byName.get(producer)
    assert.ok(ledger !== undefined, `offset ${offset} of partition ${partition} has ${value}`)
    ledger.check(number, partition, offset)
    found.set(producer, found.get(producer) + 1)
  })
  // No number is in two partitions, since the places agree; those of the stream have none, and are told by their count.
  for (const { name, acknowledged, sent } of ledgers) {
    assert.equal(acknowledged, sent, `${name}: some were never acknowledged`)
    assert.equal(found.get(name), sent, `${name}: records in the log`)
  }
  return ends
}

/** Reads a topic from its beginning to its end. Returns the end of each partition. */
export async function readAll(bootstrap, name, config, onRecord) {
  const consumer = new KafkaConsumer({ 'bootstrap.servers': bootstrap, valueDeserializer: Serdes.string, ...config })
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic: name, partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning()
  const ends = await consumer.endOffsets(partitions)
  const isThere = async () => {
    const positions = await Promise.all(partitions.map((one) => consumer.position(one)))
    return positions.every((position, partition) => position >= ends.get(partitions[partition]))
  }
  while (!(await isThere())) for (const record of await consumer.poll({ timeoutMs: 1000 })) onRecord(record)
  await consumer.close()
  return partitions.map((one) => ends.get(one))
}

/** What a killed member had read counts for its group. */
export function addWhatTheKilledSaw(ledger, file) {
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const [partition, offset] = line.split(' ').map(Number)
    ledger.saw(partition, offset)
  }
}

/** Each group comes to the end, and has left nothing out. `refresh` adds what is known elsewhere. */
export async function waitForGroups(groups, ends, refresh) {
  const missing = () =>
    [...groups.values()].flatMap(({ name, counts }) =>
      ends.flatMap((end, partition) =>
        counts[partition] === end ? [] : [`${name}: ${counts[partition]} of ${end} of partition ${partition}`],
      ),
    )
  const deadline = performance.now() + catchUpMs
  for (refresh(); missing().length > 0; refresh()) {
    assert.ok(performance.now() < deadline, `not read within ${catchUpMs} ms: ${missing().join('; ')}`)
    await sleep(200)
  }
}
