/**
 * Every API in every version that is advertised, on the wire, with something to say: a topic with records, a group with
 * members and offsets. What a version lacks must not keep its answer from being written.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { clusterFixture, everyRequest, expectedErrors, servedApis } from './support/every-request.js'
import { temporaryBroker } from './support/temporary-broker.js'

test('every API is answered in every version that can be used', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const f = await clusterFixture(t, bootstrap)
  for (const [name, api] of servedApis()) {
    const request = everyRequest[name]
    assert.ok(request, `${name} has a request here`)
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      const answer: unknown = await f.client
        .call(api, version, request(f, version) as never)
        .catch((error: unknown) => {
          throw new Error(`${name} version ${version}`, { cause: error })
        })
      const wrong: number[] = errorsIn(answer).filter((code) => !(expectedErrors[name] ?? []).includes(code))
      assert.deepEqual(wrong, [], `${name} version ${version}: ${JSON.stringify(answer, printable)}`)
    }
  }
})

test('the advertised versions are those of the schemas, and nothing else is advertised', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const { client } = await clusterFixture(t, bootstrap)
  const { apiKeys } = await client.call(apis.ApiVersions, 4, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  })
  assert.deepEqual(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion]),
    servedApis().map(([, { key, advertised }]) => [key, advertised.min, advertised.max]),
  )
})

/** Every `errorCode` in an answer that is not NONE. */
function errorsIn(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'errorCode') return inner === ErrorCode.NONE ? [] : [inner as number]
    return errorsIn(inner)
  })
}

function printable(_key: string, value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}
