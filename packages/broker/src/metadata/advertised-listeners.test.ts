import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from '../config/broker-config.js'
import { AdvertisedListeners, interBrokerListenerOf } from './advertised-listeners.js'

const protocolMap = { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT' }

function configOf(properties: Record<string, string>): BrokerConfig {
  return new BrokerConfig(new Map(Object.entries({ ...protocolMap, ...properties })))
}

/** Of a broker whose listeners are bound to the ports 19001, 19002 … */
function advertisedBy(properties: Record<string, string>): AdvertisedListeners {
  const config = configOf(properties)
  const names = config.get('listeners').match(/[A-Z]+(?=:\/\/)/g) ?? []
  const bound = names.map((name, index) => ({ name, port: 19001 + index }))
  return new AdvertisedListeners(config, bound, 'machine.example.com')
}

function connection(listenerName: string, localAddress = '10.0.0.5', localPort = 9092) {
  return { listenerName, localAddress, localPort }
}

for (const host of ['', '0.0.0.0', '[::]', '[0:0:0:0:0:0:0:0]']) {
  for (const localAddress of ['127.0.0.1', '192.168.1.7', '::1']) {
    test(`a listener on ${host || 'no host'} is told as ${localAddress} to who connected to that`, () => {
      const advertised = advertisedBy({ listeners: `PLAINTEXT://${host}:9092` })
      assert.deepEqual(advertised.endpointFor(connection('PLAINTEXT', localAddress)), {
        host: localAddress,
        port: 9092,
      })
    })
  }
}

test('a listener with a host of its own is told with it, and the port that the system chose', () => {
  const advertised = advertisedBy({ listeners: 'PLAINTEXT://localhost:0' })
  assert.deepEqual(advertised.endpointFor(connection('PLAINTEXT')), { host: 'localhost', port: 19001 })
})

test('an advertised address comes before the one that a client connected to, its port 0 being the bound one', () => {
  const advertised = advertisedBy({
    listeners: 'INSIDE://10.0.0.5:0,OUTSIDE://:0',
    'advertised.listeners': 'OUTSIDE://kafka.example.com:0,INSIDE://inside.example.com:29092',
  })
  assert.deepEqual(advertised.endpointFor(connection('OUTSIDE')), { host: 'kafka.example.com', port: 19002 })
  assert.deepEqual(advertised.endpointFor(connection('INSIDE')), { host: 'inside.example.com', port: 29092 })
})

test('the registration names every listener, one on all interfaces with the name of the machine', () => {
  const advertised = advertisedBy({
    listeners: 'PLAINTEXT://:9092,OUTSIDE://:9093',
    'advertised.listeners': 'OUTSIDE://kafka.example.com:19092',
  })
  assert.deepEqual(advertised.registered(), [
    { listener: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: 'machine.example.com', port: 19001 },
    { listener: 'OUTSIDE', securityProtocol: 'PLAINTEXT', host: 'kafka.example.com', port: 19092 },
  ])
})

for (const [properties, name] of [
  [{}, 'PLAINTEXT'],
  [{ listeners: 'OUTSIDE://:9092,INSIDE://:9093' }, 'OUTSIDE'],
  [{ listeners: 'OUTSIDE://:9092,INSIDE://:9093', 'inter.broker.listener.name': 'inside' }, 'INSIDE'],
] as const) {
  test(`with ${JSON.stringify(properties)} brokers talk to each other on ${name}`, () => {
    assert.equal(interBrokerListenerOf(configOf(properties)), name)
  })
}
