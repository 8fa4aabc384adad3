import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advertisedMistakes, type Listener, listenerMistakes, parseListeners } from './listeners.js'

const protocolMap = 'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CLIENT:PLAINTEXT'

function listenersOf(text: string): readonly Listener[] {
  const parsed = parseListeners(text, protocolMap)
  assert.ok('listeners' in parsed, JSON.stringify(parsed))
  return parsed.listeners
}

for (const [text, listeners] of [
  ['PLAINTEXT://:9092', [['PLAINTEXT', '', 9092]]],
  ['PLAINTEXT://0.0.0.0:9092', [['PLAINTEXT', '0.0.0.0', 9092]]],
  ['plaintext://localhost:0', [['PLAINTEXT', 'localhost', 0]]],
  ['PLAINTEXT://[::1]:9092', [['PLAINTEXT', '::1', 9092]]],
  ['CLIENT://kafka-1.example.com:19092', [['CLIENT', 'kafka-1.example.com', 19092]]],
  [
    'PLAINTEXT://:9092, CLIENT://:9093,',
    [
      ['PLAINTEXT', '', 9092],
      ['CLIENT', '', 9093],
    ],
  ],
  ['', []],
] as const) {
  test(`listeners "${text}" are read`, () => {
    assert.deepEqual(
      listenersOf(text).map(({ name, host, port }) => [name, host, port]),
      listeners,
    )
  })
}

for (const [text, mistake] of [
  ['localhost:9092', 'localhost:9092 is not of the form NAME://host:port'],
  ['PLAINTEXT://localhost', 'PLAINTEXT://localhost is not of the form NAME://host:port'],
  ['PLAINTEXT:9092', 'PLAINTEXT:9092 is not of the form NAME://host:port'],
  ['PLAINTEXT://::1:9092', 'PLAINTEXT://::1:9092 is not of the form NAME://host:port'],
  ['PLAINTEXT://localhost:-1', 'PLAINTEXT://localhost:-1 is not of the form NAME://host:port'],
  ['PLAINTEXT://localhost:65536', 'PLAINTEXT://localhost:65536 has no valid port'],
  ['INSIDE://:9092', 'No security protocol defined for listener INSIDE in listener.security.protocol.map'],
] as const) {
  test(`listeners "${text}" are refused`, () => {
    assert.deepEqual(parseListeners(text, protocolMap), { mistake })
  })
}

for (const map of ['PLAINTEXT', 'PLAINTEXT:CLEARTEXT', 'PLAINTEXT:']) {
  test(`the protocol map "${map}" is refused`, () => {
    assert.deepEqual(parseListeners('PLAINTEXT://:9092', map), {
      mistake: `${map} in listener.security.protocol.map is not of the form NAME:PROTOCOL`,
    })
  })
}

for (const [text, mistakes] of [
  ['PLAINTEXT://:9092,CLIENT://:9093', []],
  ['PLAINTEXT://127.0.0.1:9092,CLIENT://127.0.0.2:9092', []],
  ['PLAINTEXT://:0,CLIENT://:0', []],
  ['', ['must name at least one listener']],
  ['PLAINTEXT://:9092,PLAINTEXT://:9093', ['names the listener PLAINTEXT twice']],
  ['PLAINTEXT://:9092,CLIENT://:9092', ['uses the address :9092 twice']],
  ['SSL://:9092', ['asks for SSL on SSL, which is not supported yet: only PLAINTEXT listeners are']],
  [
    'SASL_PLAINTEXT://:9092,SASL_SSL://:9093',
    [
      'asks for SASL_PLAINTEXT on SASL_PLAINTEXT, which is not supported yet: only PLAINTEXT listeners are',
      'asks for SASL_SSL on SASL_SSL, which is not supported yet: only PLAINTEXT listeners are',
    ],
  ],
] as const) {
  test(`listeners "${text}" together: ${mistakes.length === 0 ? 'right' : mistakes.join('; ')}`, () => {
    assert.deepEqual(listenerMistakes(listenersOf(text)), mistakes)
  })
}

for (const [text, mistakes] of [
  ['PLAINTEXT://kafka.example.com:9092', []],
  ['PLAINTEXT://10.0.0.1:9092,CLIENT://[2001:db8::1]:9093', []],
  ['PLAINTEXT://kafka.example.com:9092,CLIENT://kafka.example.com:9092', []],
  ['PLAINTEXT://:9092', ['must name an address that clients can reach for PLAINTEXT, not an empty one']],
  ['PLAINTEXT://0.0.0.0:9092', ['must name an address that clients can reach for PLAINTEXT, not 0.0.0.0']],
  ['PLAINTEXT://[::]:9092', ['must name an address that clients can reach for PLAINTEXT, not ::']],
  [
    'PLAINTEXT://[0:0:0:0:0:0:0:0]:9092',
    ['must name an address that clients can reach for PLAINTEXT, not 0:0:0:0:0:0:0:0'],
  ],
  ['SSL://kafka.example.com:9093', ['names SSL, which is not in listeners']],
  ['CLIENT://a:9092,CLIENT://b:9092', ['names the listener CLIENT twice']],
] as const) {
  test(`advertised "${text}": ${mistakes.length === 0 ? 'right' : mistakes.join('; ')}`, () => {
    const listeners = listenersOf('PLAINTEXT://:9092,CLIENT://:9093')
    assert.deepEqual(advertisedMistakes(listenersOf(text), listeners), mistakes)
  })
}
