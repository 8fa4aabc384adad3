import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdvertisedListeners } from './advertised-listeners.js'

const advertised = new AdvertisedListeners(new Map([['OUTSIDE', { host: 'kafka.example.com', port: 19092 }]]))

test('a listener with an address of its own is told with that address', () => {
  const connection = { listenerName: 'OUTSIDE', localAddress: '10.0.0.5', localPort: 9093 }
  assert.deepEqual(advertised.endpointFor(connection), { host: 'kafka.example.com', port: 19092 })
})

for (const [localAddress, host] of [
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.168.1.7', '192.168.1.7'],
  ['::1', '::1'],
] as const) {
  test(`a listener on all interfaces is told as ${host} to who connected to ${localAddress}`, () => {
    const connection = { listenerName: 'PLAINTEXT', localAddress, localPort: 9092 }
    assert.deepEqual(advertised.endpointFor(connection), { host, port: 9092 })
  })
}
