// Wireshark's Kafka dissector over what clients and broker say to each other: no frame may be malformed. Everything that
// we serve in every version (the requests of the suite `versions`), and kcat, librdkafka, kafkajs and Java clients at work.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { freePort } from '../lib/network.mjs'
import { Connection, protocol } from '../versions/connection.mjs'
import { requests } from '../versions/requests.mjs'
import { prepare } from '../versions/state.mjs'
import { clients } from './clients.mjs'
import { excused } from './excused.mjs'
import { recordingProxy } from './recording-proxy.mjs'
import { dissect } from './tshark.mjs'

const { apis } = protocol
const port = await freePort()
const broker = await brokerForFile(
  { after },
  { properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` } },
)
const bootstrap = `127.0.0.1:${port}`
const file = join(broker.home, 'recording.pcap')
const proxy = await recordingProxy({ port, target: broker.port, file })
let messages

test('every API in every version is asked', async () => {
  const connection = new Connection(bootstrap)
  const state = await prepare(connection)
  for (const [name, list] of Object.entries(requests)) {
    const { min, max } = apis[name].versions
    for (let version = min; version <= max; version++) {
      for (const request of list) {
        const body = request(state, version)
        if (body !== undefined) await connection.call(apis[name], version, body)
      }
    }
  }
  for (let version = 0; version <= apis.ApiVersions.versions.max; version++) {
    await connection.call(apis.ApiVersions, version, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
  }
  connection.close()
})

for (const [name, run] of Object.entries(clients)) test(`${name} at work`, () => run(bootstrap))

test('tshark sees both sides of every API that we serve', async () => {
  proxy.close()
  messages = await dissect(file, port)
  const served = Object.values(apis).filter(({ name }) => name === 'ApiVersions' || name in requests)
  for (const { key, name, versions } of served) {
    for (let version = versions.min; version <= versions.max; version++) {
      const seen = messages.filter(({ apiKey, apiVersion }) => apiKey === key && apiVersion === version)
      const kinds = new Set(seen.map(({ kind }) => kind))
      assert.equal(kinds.size, 2, `${name} version ${version}: ${[...kinds]}`)
    }
  }
})

test('no message is malformed but those that this tshark misreads', () => {
  const wrong = new Map()
  for (const { kind, apiKey, apiVersion, isKnown, isMalformed, frame } of messages) {
    if (!isKnown || !isMalformed) continue
    const name = Object.values(apis).find(({ key }) => key === apiKey)?.name ?? `API ${apiKey}`
    const { upTo = -1, broker: only = target } = excused[`${name} ${kind}`] ?? {}
    if (apiVersion <= upTo && only === target) continue
    const what = `${name} version ${apiVersion} ${kind}`
    wrong.set(what, [...(wrong.get(what) ?? []), frame])
  }
  assert.deepEqual(
    [...wrong].map(([what, frames]) => `${what}: frames ${frames.slice(0, 5)}`),
    [],
  )
})
