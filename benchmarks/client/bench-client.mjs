// Our client and others under the same loads, against one broker: which of them are there, what is measured, in which order,
// and the table at the end. See ../README.md.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fetchJars } from '../../interop/lib/java.mjs'
import { runProgram } from '../../interop/lib/programs.mjs'
import { canPin, coreCount, moveSelf, pinned } from '../lib/cores.mjs'
import { apacheKinds, Server } from '../lib/servers.mjs'
import { ours as oursKind } from '../lib/table.mjs'
import { untilQuiet } from '../lib/usage.mjs'
import { clients as allClients } from './clients.mjs'
import { formatTable, toRows } from './lib/client-table.mjs'
import { fill, measure, recordsFor } from './lib/run-client.mjs'
import { workloads as allWorkloads, topics } from './workloads.mjs'

const warmUps = { full: 3, quick: 1 }

/**
 * Options: `{ only, quick, rounds, clients, broker, core, cpuProf, json }`. Resolves to whether everything could be measured;
 * the tables are printed when the process exits. An Error's message says what is wrong or missing.
 */
export async function benchClient(options) {
  if (!canPin()) throw new Error('The benchmark needs Linux with taskset and /proc.')
  const workloads = allWorkloads.filter(({ name }) => !options.only || new RegExp(options.only).test(name))
  if (workloads.length === 0) {
    throw new Error(`No workload matches; there are ${allWorkloads.map(({ name }) => name).join(', ')}.`)
  }
  const kind = brokerKind(options)
  const leftOut = []
  const clients = await availableClients(options, leftOut)
  const size = options.quick ? 'quick' : 'full'
  const rounds = options.rounds ?? (options.quick ? 1 : 3)
  const results = []
  const report = {
    host: host(),
    broker: kind,
    size,
    rounds,
    clients: clients.map(({ name }) => name),
    leftOut,
    results,
  }
  process.once('exit', () => print(report)) // Interrupted, it shows what it has.
  const cores = pinned(options.core ?? 0)
  moveSelf(cores.broker)
  const server = await new Server(kind, cores).prepare()
  const context = { server, cores, size, cpuProfDir: options.cpuProf }
  try {
    await server.start()
    await prepare(workloads, clients, context)
    for (const workload of workloads) {
      results.push(await runWorkload(workload, clients, rounds, context))
      if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
    }
  } finally {
    await server.dispose()
  }
  return results.every(({ errors }) => errors.length === 0)
}

function say(text) {
  console.error(text)
}

function brokerKind({ broker = 'apache-4.x' }) {
  const known = [...apacheKinds, 'apache-2.5', oursKind]
  if (!known.includes(broker)) throw new Error(`There is no broker ${broker}; there are ${known.join(', ')}.`)
  return broker
}

/** Those that can be made ready. Ours must be: it fills the topics. */
async function availableClients({ clients: wanted, broker = 'apache-4.x' }, leftOut) {
  const names = allClients.map(({ name }) => name)
  const unknown = wanted?.find((name) => !names.includes(name))
  if (unknown) throw new Error(`There is no client ${unknown}; there are ${names.join(', ')}.`)
  if (broker !== oursKind) await fetchJars(broker.replace('apache', 'kafka'))
  await allClients[0].ready()
  const available = []
  for (const client of allClients.filter(({ name }) => wanted?.includes(name) ?? true)) {
    try {
      await client.ready?.()
      available.push(client)
    } catch (error) {
      leftOut.push({ name: client.name, title: client.title, why: error.message.split('\n')[0] })
      say(`${client.name} is left out: ${error.message}`)
    }
  }
  return available
}

/** A JVM compiles what is called often: every kind of load is put on the broker before the first one is measured. */
async function prepare(workloads, clients, context) {
  const ours = allClients[0]
  const isAsked = (topic) => workloads.some((workload) => workload.topic === topic)
  for (const [topic, settings] of Object.entries(topics).filter(([topic]) => isAsked(topic))) {
    const records = Math.max(...clients.map((client) => recordsFor(client, topic, context.size)))
    say(`filling ${topic} with ${records} records ...`)
    await fill({ topic, records, ...settings, client: ours }, context)
  }
  for (let round = 0; round < warmUps[context.size]; round++) {
    for (const workload of workloads) {
      say(`warming up: ${workload.name} ...`)
      await measure(workload, ours, context)
    }
  }
}

/** Clients in turn, round by round: A B C, C B A, A B C. One that fails does not cost the others. */
async function runWorkload(workload, clients, rounds, context) {
  const { name, title, goals, shown } = workload
  const taking = clients.filter(({ loads }) => loads?.test(name) ?? true)
  const values = Object.fromEntries(taking.map((client) => [client.name, {}]))
  const errors = []
  for (let round = 0; round < rounds; round++) {
    for (const client of round % 2 === 0 ? taking : taking.toReversed()) {
      if (errors.some(({ client: failed }) => failed === client.name)) continue
      await settle(context)
      try {
        const measured = await measure(workload, client, context)
        say(`${name}, round ${round + 1}, ${client.name}: ${describe(measured)}`)
        for (const [metric, value] of Object.entries(measured)) {
          values[client.name][metric] ??= []
          values[client.name][metric].push(value)
        }
      } catch (error) {
        errors.push({ client: client.name, message: error.message })
        say(`${name}, ${client.name} failed: ${error.message}`)
      }
    }
  }
  return { workload: name, title, goals, shown, values, errors }
}

/** Nothing waits to be written to the disk, and the broker has become quiet. */
async function settle({ server, size }) {
  if (server.hasEnded) throw new Error(`The broker has ended:\n${server.output}`)
  await runProgram('sync').catch(() => {})
  await untilQuiet([server.pid], { timeoutMs: size === 'full' ? 5000 : 2000 })
}

function describe(measured) {
  return Object.entries(measured)
    .map(([metric, value]) => `${metric} ${Number(value.toPrecision(4))}`)
    .join(', ')
}

function host() {
  return {
    node: process.versions.node,
    cores: coreCount(),
    processor: cpus()[0]?.model,
    date: new Date().toISOString(),
  }
}

function print({ host: { node, cores, processor }, broker, size, rounds, clients, leftOut, results }) {
  if (results.length === 0) return
  const shown = allClients.filter(({ name }) => clients.includes(name))
  const isOtherWay = ({ name }) => name.startsWith('ours-')
  console.log(`\nNode ${node}, ${cores} × ${processor}; ${broker} on one core, each client on another; ${size},`)
  console.log(`median of ${rounds} ± half of the range. A ratio is ours divided by theirs.\n`)
  const rows = toRows(results)
  console.log(
    formatTable(
      rows,
      shown.filter((client) => !isOtherWay(client)),
    ),
  )
  const ways = shown.filter((client) => isOtherWay(client) || client.name === 'ours')
  const consuming = toRows(results.filter(({ workload }) => workload.startsWith('consume')))
  if (ways.some(isOtherWay) && consuming.length > 0) {
    console.log(`\nOur ways to consume, beside poll():\n\n${formatTable(consuming, ways)}`)
  }
  for (const { title, why } of leftOut) console.log(`\nLeft out: ${title}: ${why}`)
  for (const { title, errors } of results) {
    for (const { client, message } of errors) console.log(`\nFailed: ${title}, ${client}: ${message.slice(0, 600)}`)
  }
}
