// librdkafka with fetches that wait for long, over 200 partitions: what is written arrives at once, groups form and
// commit while fetches are parked, and a broker whose clients only wait does nothing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { findPython } from '../lib/prerequisites.mjs'
import { startProgram } from '../lib/programs.mjs'

const idleMs = 10_000
const broker = await brokerForFile({ after })
const program = new URL('client.py', import.meta.url).pathname
const env = { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: new URL('../python', import.meta.url).pathname }

testProgram('confluent-kafka', () => ({ command: findPython(), args: ['-u', program, broker.bootstrap], env }))

test('with ten consumers that wait, the broker uses next to no CPU', { skip: target !== 'millrace' }, async (t) => {
  const waiting = startProgram(findPython(), ['-u', program, broker.bootstrap, 'wait'], { env })
  t.after(() => waiting.endInput())
  await waiting.waitFor(({ stdout }) => stdout.includes('parked'), { what: 'parked fetches' })
  const before = cpuMs(broker.pid)
  await new Promise((resolve) => setTimeout(resolve, idleMs))
  const used = cpuMs(broker.pid) - before
  // Ten heartbeats in three seconds and what the runtime does by itself; a loop that spins takes all of it.
  assert.ok(used < idleMs * 0.05, `${used} ms of CPU in ${idleMs} ms`)
})

/** User and system time of a process, in ticks of 10 ms. */
function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
