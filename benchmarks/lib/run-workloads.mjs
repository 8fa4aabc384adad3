// Runs the workloads: all servers live side by side, each does every workload once unmeasured, and then they are measured
// in turn, round by round, so that what else happens on this machine hits all of them alike.
import { runProgram } from '../../interop/lib/programs.mjs'
import { moveSelf } from './cores.mjs'
import { batched, oneARequest } from './producer-settings.mjs'
import { Server } from './servers.mjs'
import { ours } from './table.mjs'
import { untilQuiet } from './usage.mjs'
import { createTopic } from './wire.mjs'

/**
 * `settings`: `{ cores, peers, rounds, size, loads, cpuProfDir, say, onResult }`; `size` is `full` or `quick`.
 * `onResult` is called after each workload with
 * `{ workload, title, goals, values: { [peer]: { [metric]: number[] } }, error }`.
 */
export async function runWorkloads(workloads, settings) {
  moveSelf(settings.cores.clients)
  const servers = []
  try {
    if (workloads.some(({ startsServer }) => !startsServer)) {
      for (const kind of peersOf(workloads, settings.peers)) {
        settings.say(`starting ${kind} ...`)
        const server = await new Server(kind, settings.cores).prepare({ cpuProfDir: settings.cpuProfDir })
        servers.push(server)
        await server.start()
        if (kind !== 'sink') await warmUp(server, settings)
      }
    }
    for (const workload of workloads) {
      const startedAt = performance.now()
      const result = await runWorkload(workload, servers, settings).catch((error) => failed(workload, error, settings))
      settings.onResult(result)
      settings.say(`${workload.name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s in all`)
    }
  } finally {
    await Promise.all(servers.map((server) => server.dispose()))
  }
}

/** One workload that cannot be measured does not cost the others. */
function failed({ name, title, goals }, error, { say }) {
  say(`${name} failed: ${error.message}`)
  return { workload: name, title, goals, values: {}, error: error.message }
}

function peersOf(workloads, peers) {
  return peers.filter((kind) => kind !== 'sink' || workloads.some(({ sink }) => sink))
}

async function runWorkload(workload, servers, settings) {
  const { name, title, goals } = workload
  const contexts = workload.startsServer ? ownServers(workload, settings) : sharedServers(workload, servers, settings)
  const values = Object.fromEntries(contexts.map(({ kind }) => [kind, {}]))
  for (const context of contexts) {
    settings.say(`${name}: preparing ${context.kind} ...`)
    await workload.prepare?.(context)
  }
  for (let round = 0; round < settings.rounds; round++) {
    // A B, B A, A B ...: neither always comes first.
    for (const context of round % 2 === 0 ? contexts : contexts.toReversed()) {
      await settle(servers, settings)
      const measured = await workload.measure(context)
      settings.say(`${name}: round ${round + 1}, ${context.kind}: ${describe(measured)}`)
      for (const [metric, value] of Object.entries(measured)) addValue(values[context.kind], metric, value)
    }
  }
  for (const context of contexts) await workload.finish?.(context)
  return { workload: name, title, goals, values }
}

function sharedServers({ sink = false }, servers, settings) {
  return servers
    .filter(({ kind }) => kind !== 'sink' || sink)
    .map((server) => ({ ...settings, kind: server.kind, server }))
}

function ownServers({ sink = false, peers }, settings) {
  return settings.peers
    .filter((kind) => (kind === 'sink' ? sink : kind === ours || (peers?.includes(kind) ?? true)))
    .map((kind) => ({ ...settings, kind }))
}

/**
 * Single requests by the thousand: a JVM compiles what is called often, and large batches make few calls. Ours is warm after
 * a few seconds.
 */
async function warmUp(server, { cores, loads, size, say }) {
  say(`warming up ${server.kind} ...`)
  const topic = 'warm-up'
  const common = { server, cores, topic, recordSize: 1024 }
  const thousands = server.kind.startsWith('apache') ? { full: 100, quick: 50 } : { full: 30, quick: 10 }
  const records = thousands[size] * 1000
  await createTopic(server.port, topic)
  await loads.produce({ ...common, records, config: oneARequest })
  await loads.produce({ ...common, records: records * 5, config: batched })
  await loads.consume({ ...common, records: records * 5 })
}

/** Nobody works, and nothing waits to be written to the disk, unless others keep it busy. */
async function settle(servers, { size }) {
  const dead = servers.find(({ hasEnded }) => hasEnded)
  if (dead) throw new Error(`${dead.kind} has ended:\n${dead.output}`)
  await runProgram('sync').catch(() => {})
  await untilQuiet(
    servers.map(({ pid }) => pid),
    { timeoutMs: size === 'full' ? 15_000 : 3000 },
  )
}

function addValue(ofPeer, metric, value) {
  ofPeer[metric] ??= []
  ofPeer[metric].push(value)
}

function describe(measured) {
  return Object.entries(measured)
    .map(([metric, value]) => `${metric} ${Number(value.toPrecision(4))}`)
    .join(', ')
}
