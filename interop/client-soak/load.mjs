// The clients of the soak, in one process that does nothing else: its memory is theirs, and its end is theirs too. Its parent
// does the harm, watches the progress that is reported twice a second, and says when it is enough.
import { once } from 'node:events'
import { AdminCalls } from './admin-calls.mjs'
import { Consumers } from './consumers.mjs'
import { Failures } from './failures.mjs'
import { Producers } from './producers.mjs'
import { killedGroup } from './settings.mjs'
import { Transactions } from './transactions.mjs'
import { addWhatTheKilledSaw, checkLog, waitForGroups } from './verify.mjs'

const reportMs = 500
const tellMs = 5000
const [bootstrap, killedFile, hasTransactions] = process.argv.slice(2)

const failures = new Failures()
const producers = new Producers(bootstrap, failures)
const consumers = new Consumers(bootstrap, failures)
const admin = new AdminCalls(bootstrap, failures)
const transactions = hasTransactions === 'yes' ? new Transactions(bootstrap, failures) : undefined
const parts = [producers, consumers, admin, transactions].filter((part) => part !== undefined)

for (const part of parts) part.start()
const timer = setInterval(() => process.send(progress()), reportMs)
await once(process, 'message')
clearInterval(timer)
const summary = await finish().catch((error) => failures.push(error.stack))
process.send({ failures: failures.messages, longestMs: failures.longestMs, summary })
process.disconnect()
// Nothing keeps the process now, or this says what does.
setTimeout(() => console.error('Still there because of', process.getActiveResourcesInfo()), tellMs).unref()

/** Counts that must go on growing. */
function progress() {
  const counts = {}
  for (const { name, acknowledged } of producers.ledgers) {
    if (!name.startsWith('visitor')) counts[`producer ${name}`] = acknowledged
  }
  for (const { name, counts: seen } of consumers.ledgers.values()) {
    for (const [partition, count] of seen.entries()) counts[`${name}/${partition}`] = count
  }
  counts.admin = admin.count
  Object.assign(counts, transactions?.counts)
  return { counts, failures: failures.messages }
}

async function finish() {
  await Promise.all([producers.finish(), admin.finish(), transactions?.finishWriting()])
  const ends = await checkLog(bootstrap, producers.ledgers)
  let filesRead = false
  await waitForGroups(consumers.ledgers, ends, () => {
    // The process that is killed has ended by now: its file says what it saw.
    if (!filesRead) addWhatTheKilledSaw(consumers.ledgers.get(killedGroup), killedFile)
    filesRead = true
  })
  const strays = consumers.strays()
  if (strays.length > 0) failures.push(`not in their groups: ${JSON.stringify(strays)}`)
  await consumers.finish()
  const repeated = [...consumers.ledgers.values()].map((ledger) => `${ledger.name} ${ledger.repeated}`).join(', ')
  const records = ends.reduce((sum, end) => sum + end, 0)
  const checked = await transactions?.check(ends)
  return `${records} records; read again: ${repeated}; ${admin.count} calls of the admin client${checked ?? ''}`
}
