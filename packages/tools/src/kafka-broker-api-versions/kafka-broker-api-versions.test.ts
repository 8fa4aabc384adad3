/** Expected texts were recorded from kafka-broker-api-versions of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { apiText, kafkaBrokerApiVersions } from './kafka-broker-api-versions.js'

test('each call is told with the versions of the broker and the one that is used', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const { code, stdout } = await runCommand(kafkaBrokerApiVersions, ['--bootstrap-server', bootstrap])
  assert.equal(code, 0)
  const lines = stdout.split('\n')
  assert.equal(lines[0], `${bootstrap} (id: 0 rack: null) -> (`)
  assert.match(lines[1] ?? '', /^\tProduce\(0\): 0 to \d+ \[usable: \d+\],$/)
  assert.ok(lines.includes('\tDescribeQuorum(55): UNSUPPORTED,'))
  assert.deepEqual(lines.slice(-2), [')', ''])
  const json = await runCommand(kafkaBrokerApiVersions, ['--bootstrap-server', bootstrap, '--output', 'json'])
  const [{ apis }] = JSON.parse(json.stdout)
  assert.equal(apis[0].name, 'Produce')
})

test('what cannot be used is told', () => {
  const client = { min: 3, max: 5 }
  const text = (broker: { min: number; max: number }) => apiText({ key: 1, name: 'Fetch', broker, client })
  assert.equal(text({ min: 0, max: 4 }), 'Fetch(1): 0 to 4 [usable: 4]')
  assert.equal(text({ min: 5, max: 5 }), 'Fetch(1): 5 [usable: 5]')
  assert.equal(text({ min: 6, max: 7 }), 'Fetch(1): 6 to 7 [unusable: node too new]')
  assert.equal(text({ min: 0, max: 2 }), 'Fetch(1): 0 to 2 [unusable: node too old]')
  const unknown = { key: 999, name: undefined, broker: { min: 0, max: 0 }, client: undefined }
  assert.equal(apiText(unknown), 'UNKNOWN(999): 0')
  const betweenBrokers = { key: 4, name: undefined, broker: { min: 0, max: 7 }, client: undefined }
  assert.equal(apiText(betweenBrokers), 'LeaderAndIsr(4): 0 to 7')
})
