import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnyApi, apiVersions, ErrorCode, heartbeat, joinGroup, produce } from '@millrace/protocol'
import type { RequestContext } from '../network/dispatcher.js'
import { apiVersionsHandler } from './18-api-versions.js'

function ask(apiVersion: number, clientSoftwareName = '', clientSoftwareVersion = '', served: AnyApi[] = []) {
  const { handle } = apiVersionsHandler(() => served)
  const request = { clientSoftwareName, clientSoftwareVersion }
  return handle(request as never, { apiVersion } as RequestContext) as {
    errorCode: number
    apiKeys: { apiKey: number; minVersion: number; maxVersion: number }[]
  }
}

test('exactly the APIs that are served are listed, with the ranges that are advertised (pitfall 3)', () => {
  assert.deepEqual(ask(0, '', '', [produce, joinGroup, heartbeat, apiVersions]), {
    errorCode: ErrorCode.NONE,
    apiKeys: [
      { apiKey: 0, minVersion: 0, maxVersion: 13 },
      { apiKey: 11, minVersion: 0, maxVersion: 9 },
      { apiKey: 12, minVersion: 0, maxVersion: 4 },
      { apiKey: 18, minVersion: 0, maxVersion: 4 },
    ],
  })
})

for (const [name, version, errorCode] of [
  ['apache-kafka-java', '3.9.1', ErrorCode.NONE],
  ['librdkafka', '2.0.2', ErrorCode.NONE],
  ['a', '1', ErrorCode.NONE],
  ['', '1.0', ErrorCode.INVALID_REQUEST],
  ['name', '', ErrorCode.INVALID_REQUEST],
  ['-name', '1.0', ErrorCode.INVALID_REQUEST],
  ['name.', '1.0', ErrorCode.INVALID_REQUEST],
  ['my client', '1.0', ErrorCode.INVALID_REQUEST],
  ['name', '1.0\n', ErrorCode.INVALID_REQUEST],
] as const) {
  test(`from version 3 on, the client "${name}" ${JSON.stringify(version)} is answered ${errorCode} (KIP-511)`, () => {
    assert.equal(ask(3, name, version, [heartbeat]).errorCode, errorCode)
    assert.equal(ask(4, name, version, [heartbeat]).errorCode, errorCode)
  })
}

test('below version 3 the client has no name', () => {
  assert.equal(ask(2).errorCode, ErrorCode.NONE)
})
