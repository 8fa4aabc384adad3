// What a consumer occupies where others run out of memory: a thousand partitions that are full behind a handler that is slow, and
// two hundred consumers in one process. Each in a process of its own, whose resident memory is watched.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { inMebibytes, mebibyte, watchMemory } from '../lib/process-memory.mjs'
import { startProgram } from '../lib/programs.mjs'
import { batchOf, createTopics, produce, RawClient } from '../lib/raw.mjs'

const manyPartitions = 1000
const readersPartitions = 200
const bufferBytes = 64 * mebibyte
/** Beyond what is buffered: Node itself, an answer that is being read, and garbage, of which there may be an answer as well. */
const constantBytes = 200 * mebibyte
const manyConsumersBytes = 1024 * mebibyte
const programMs = 120_000

const broker = await brokerForFile({ after }, { properties: { 'log.segment.bytes': 2 * mebibyte } })

before(async () => {
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'many', partitions: manyPartitions }], { timeoutMs: 120_000 })
  await createTopics(client, [{ name: 'shared', partitions: readersPartitions }], { timeoutMs: 120_000 })
  const values = Array.from({ length: 100 }, () => Buffer.alloc(10_000, 'v'))
  for (let partition = 0; partition < manyPartitions; partition++) {
    await fill(client, 'many', partition, values)
    if (partition < readersPartitions) await fill(client, 'shared', partition, values)
  }
  client.close()
})

async function fill(client, topic, partition, values) {
  const { errorCode } = await produce(client, topic, batchOf(values), { partition })
  assert.equal(errorCode, 0, `${topic}-${partition}`)
}

for (const way of ['poll', 'records', 'run']) {
  test(`a thousand partitions of a megabyte, read slowly by ${way}: buffer.memory and a constant (${target})`, async (t) => {
    const { peak, said } = await run('slow-reader.mjs', [way, String(manyPartitions), String(bufferBytes)])
    t.diagnostic(`resident at most ${inMebibytes(peak)}; ${said}`)
    assert.ok(peak < bufferBytes + constantBytes, `resident memory reached ${inMebibytes(peak)}`)
  })
}

test('two hundred consumers in one process: less than a gigabyte', async (t) => {
  const { peak, said } = await run('many-consumers.mjs', ['200', String(readersPartitions * 100)])
  t.diagnostic(`resident at most ${inMebibytes(peak)}; ${said}`)
  assert.ok(peak < manyConsumersBytes, `resident memory reached ${inMebibytes(peak)}`)
})

/** Resolves to the most memory it had, and what it said in the end. */
async function run(file, args) {
  const path = new URL(file, import.meta.url).pathname
  const program = startProgram(process.execPath, [path, broker.bootstrap, ...args], { input: '' })
  const memory = watchMemory(program.pid)
  const timer = setTimeout(() => program.kill('SIGKILL'), programMs)
  await program.waitFor(({ stdout }) => stdout.includes('done'), { what: 'its end', timeoutMs: programMs })
  const peak = memory.stop()
  const { code } = await program.exited
  clearTimeout(timer)
  assert.equal(code, 0, program.describe())
  return { peak, said: program.stdout.trim() }
}
