// The benchmark as a whole: what is there to compare with, which workloads, where the broker and the clients run, and the
// table at the end. See README.md in this folder.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fetchJars } from '../interop/lib/java.mjs'
import { canPin, coreCount, pinned, unpinned } from './lib/cores.mjs'
import * as javaLoads from './lib/java-tools.mjs'
import * as nodeLoads from './lib/node-loads.mjs'
import { runWorkloads } from './lib/run-workloads.mjs'
import { apacheKinds } from './lib/servers.mjs'
import { formatTable, ours, toRows } from './lib/table.mjs'
import { workloads } from './workloads.mjs'

/**
 * Options: `{ only, quick, rounds, peers, oursOnly, withoutJava, core, pinning, cpuProf, json }`.
 * Resolves to whether everything could be measured; the tables are printed when the process exits. An Error's message says
 * what is missing.
 */
export async function bench(options) {
  if (!canPin()) throw new Error('The benchmark needs Linux with taskset and /proc.')
  const chosen = chooseWorkloads(options)
  const peers = choosePeers(options)
  const withJava = await prepareJava(peers, options)
  const settings = {
    peers: withJava ? peers : peers.filter((peer) => !apacheKinds.includes(peer)),
    size: options.quick ? 'quick' : 'full',
    rounds: options.rounds ?? (options.quick ? 1 : 3),
    cpuProfDir: options.cpuProf,
  }
  const report = { host: host(), ...settings, clients: withJava ? javaLoads.clientLine : 'node', passes: [] }
  process.once('exit', () => print(report)) // Interrupted, it shows what it has.
  const loads = withJava ? javaLoads : nodeLoads
  for (const cores of placements(options)) {
    say(`\n== ${cores.name}: broker on ${cores.broker}, clients on ${cores.clients}`)
    const results = []
    report.passes.push({ cores, results })
    const fitting = chosen.filter(({ pinnedOnly }) => cores.name === 'pinned' || !pinnedOnly)
    const onResult = (result) => {
      results.push(result)
      if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
    }
    await runWorkloads(fitting, { ...settings, cores, loads, say, onResult })
  }
  return report.passes.every(({ results }) => results.every(({ error }) => error === undefined))
}

function say(text) {
  console.error(text)
}

function chooseWorkloads({ only, quick }) {
  const chosen = workloads.filter(({ name, slow }) => (only ? new RegExp(only).test(name) : !(quick && slow)))
  if (chosen.length > 0) return chosen
  throw new Error(`No workload matches; there are ${workloads.map(({ name }) => name).join(', ')}.`)
}

/** Ours comes first, as all others are compared with it. */
function choosePeers({ peers, oursOnly, quick }) {
  if (oursOnly) return [ours]
  const known = [...apacheKinds, 'sink']
  const wanted = peers ?? (quick ? ['apache-3.9', 'sink'] : known)
  const unknown = wanted.find((peer) => !known.includes(peer))
  if (unknown) throw new Error(`There is no peer ${unknown}; there are ${known.join(', ')}.`)
  return [ours, ...wanted]
}

/** Fetches the jars of the clients and of the peers; tells whether Java can be used, and says why if it cannot. */
async function prepareJava(peers, { withoutJava }) {
  if (withoutJava) return false
  if (!javaLoads.hasJava()) {
    say('There is no Java: our broker is measured alone, by load programs in Node.')
    return false
  }
  try {
    const lines = peers.filter((peer) => apacheKinds.includes(peer)).map((peer) => peer.replace('apache', 'kafka'))
    for (const line of new Set([javaLoads.clientLine, ...lines])) await fetchJars(line)
    return true
  } catch (error) {
    say(`Without Apache's jars our broker is measured alone, by load programs in Node: ${error.message}`)
    return false
  }
}

/** On the given core, and then where the system likes; quickly only the former. */
function placements({ pinning, quick, core = 0 }) {
  const which = pinning ?? (quick ? 'pinned' : 'both')
  const all = { pinned: [pinned(core)], unpinned: [unpinned()], both: [pinned(core), unpinned()] }
  if (!all[which]) throw new Error(`--pinning is one of ${Object.keys(all).join(', ')}.`)
  return all[which]
}

function host() {
  return {
    node: process.versions.node,
    cores: coreCount(),
    processor: cpus()[0]?.model,
    date: new Date().toISOString(),
  }
}

function print({ host: { node, cores, processor }, size, rounds, peers, clients, passes }) {
  console.log(`\nNode ${node}, ${cores} × ${processor}; ${size}, median of ${rounds} ± half of the range.`)
  console.log(clients === 'node' ? 'Load programs in Node.' : `Performance tools of ${clients}.`)
  console.log('A ratio is ours divided by theirs.')
  for (const { cores: placement, results } of passes) {
    if (results.length === 0) continue
    console.log(`\n${placement.name}: broker on ${placement.broker}, clients on ${placement.clients}\n`)
    console.log(formatTable(toRows(results), peers))
  }
}
