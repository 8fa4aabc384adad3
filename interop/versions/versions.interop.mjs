// The same requests, in every version of every API that we advertise, to our broker and to Apache's: the answers must
// say the same. Apache 4.x is asked, and 3.9 where it answers otherwise: what we say must be what one of them says.
// What differs from broker to broker (ids, ports, times) is masked; what differs on purpose is in differences.mjs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { Connection, protocol } from './connection.mjs'
import { differences } from './differences.mjs'
import { masked } from './mask.mjs'
import { requests } from './requests.mjs'
import { prepare } from './state.mjs'

const { apis, ErrorCode } = protocol
const kinds = ['millrace', 'apache-4.x', 'apache-3.9']
const brokers = await Promise.all(
  kinds.map((kind) => startBroker({ kind, properties: { 'auto.create.topics.enable': false } })),
)
after(() => Promise.all(brokers.map((broker) => broker.dispose())))
const sides = []
before(async () => {
  for (const broker of brokers) {
    const connection = new Connection(broker.bootstrap)
    sides.push({ kind: broker.kind, connection, state: await prepare(connection) })
  }
})
after(() => {
  for (const { connection } of sides) connection.close()
})

test('every API that we advertise is asked here', async () => {
  const body = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
  const { apiKeys } = await sides[0].connection.call(apis.ApiVersions, 4, body)
  const advertised = apiKeys.map(({ apiKey }) => apiKey)
  const asked = [...Object.keys(requests), 'ApiVersions'].map((name) => apis[name].key)
  assert.deepEqual(
    asked.toSorted((a, b) => a - b),
    advertised.toSorted((a, b) => a - b),
  )
})

test('what we advertise, Apache 4.x advertises too, from the same version on', async () => {
  const ask = async ({ connection }) => {
    const body = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
    const { apiKeys } = await connection.call(apis.ApiVersions, 4, body)
    return new Map(apiKeys.map((each) => [each.apiKey, each]))
  }
  const [ours, theirs] = [await ask(sides[0]), await ask(sides[1])]
  for (const { apiKey, minVersion, maxVersion } of ours.values()) {
    const { minVersion: from, maxVersion: to } = theirs.get(apiKey)
    assert.equal(minVersion, from, `API ${apiKey}`)
    assert.ok(maxVersion <= to, `API ${apiKey}: ${maxVersion} instead of ${to}`)
  }
})

for (const [name, list] of Object.entries(requests)) {
  const api = apis[name]
  test(name, async (t) => {
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      await t.test(`${name} version ${version}`, async () => {
        const wrong = []
        for (const [index, request] of list.entries()) {
          const [ours, ...theirs] = await Promise.all(sides.map((side) => ask(side, api, version, request)))
          if (ours === undefined || theirs.some((each) => isEqual(each, ours))) continue
          if (differences[name]?.some(({ request, since }) => request === index && version >= since)) continue
          wrong.push(describe(index, request, version, ours, theirs))
        }
        assert.equal(wrong.length, 0, `\n${wrong.join('\n\n')}`)
      })
    }
  })
}

async function ask({ connection, state }, api, version, request) {
  const body = request(state, version)
  if (body === undefined) return undefined
  for (const deadline = performance.now() + 30_000; ; ) {
    const answer = await connection.call(api, version, body)
    if (!isLoading(answer) || performance.now() > deadline) return masked(answer, state)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A coordinator that has just been elected: every client asks again. */
function isLoading({ errorCode }) {
  return [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR].includes(errorCode)
}

function isEqual(one, other) {
  return JSON.stringify(one) === JSON.stringify(other)
}

function describe(index, request, version, ours, theirs) {
  const show = (value) => JSON.stringify(value)?.slice(0, 1500)
  const lines = theirs.map((each, at) => `${sides[at + 1].kind}: ${show(each)}`)
  return [`request ${index}: ${show(request(sides[0].state, version))}`, `ours: ${show(ours)}`, ...lines].join('\n')
}
