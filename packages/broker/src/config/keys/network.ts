import { int, long, string } from '../config-key.js'
import { parseConnectionOverrides } from '../connection-overrides.js'
import { notSet } from '../refusals.js'

/** Listeners, connections and requests. */
export const networkConfigs = {
  'advertised.listeners': string(null, {
    about: 'The addresses that clients are told to use. Unset, each client is told the address it connected to.',
  }),
  'background.threads': int('10', { min: 1, update: 'clusterWide', effect: 'none' }),
  'connections.max.idle.ms': long('600000', { about: 'A connection that is silent for longer is closed.' }),
  'control.plane.listener.name': string(null, { refuse: notSet('A control plane listener is not supported.') }),
  'fetch.max.bytes': int('57671680', { min: 1024, about: 'The most bytes that one fetch answers.' }),
  'inter.broker.listener.name': string(null, {
    about: 'The listener that brokers use among themselves. Unset: the one of security.inter.broker.protocol.',
  }),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    { about: 'The security protocol of each listener name.' },
  ),
  listeners: string('PLAINTEXT://:9092', {
    about: 'What the broker listens on: NAME://host:port, comma-separated. An empty host or 0.0.0.0 is all interfaces.',
  }),
  'max.connection.creation.rate': int('2147483647', { min: 0, update: 'clusterWide', effect: 'none' }),
  'max.connections': int('2147483647', {
    min: 0,
    update: 'clusterWide',
    about: 'The most connections at one time. A further one is closed at once.',
  }),
  'max.connections.per.ip': int('2147483647', {
    min: 0,
    update: 'clusterWide',
    about: 'The most connections at one time from one address.',
  }),
  'max.connections.per.ip.overrides': string('', {
    update: 'clusterWide',
    refuse: (value) =>
      parseConnectionOverrides(String(value)) === undefined ? 'must be a list of address:count' : undefined,
    about: 'Exceptions to max.connections.per.ip: address:count, comma-separated.',
  }),
  'max.incremental.fetch.session.cache.slots': int('1000', {
    min: 0,
    about: 'The most fetch sessions kept (KIP-227).',
  }),
  'max.request.partition.size.limit': int('2000', {
    min: 1,
    about: 'The most partitions in one answer of DescribeTopicPartitions.',
  }),
  'num.io.threads': int('8', { min: 1, update: 'clusterWide', effect: 'none' }),
  'num.network.threads': int('3', { min: 1, update: 'clusterWide', effect: 'none' }),
  'queued.max.request.bytes': long('-1', {
    about: 'The bytes of requests that may be in memory before reading from sockets stops. -1: a bound of its own.',
  }),
  'queued.max.requests': int('500', { min: 1, effect: 'none' }),
  'request.timeout.ms': int('30000', { effect: 'none' }),
  'socket.connection.setup.timeout.max.ms': long('30000', { effect: 'none' }),
  'socket.connection.setup.timeout.ms': long('10000', { effect: 'none' }),
  'socket.listen.backlog.size': int('50', { min: 1, effect: 'none' }),
  'socket.receive.buffer.bytes': int('102400', { effect: 'none' }),
  'socket.request.max.bytes': int('104857600', {
    min: 1,
    about: 'The largest request. A longer one closes its connection before any of it is kept.',
  }),
  'socket.send.buffer.bytes': int('102400', { effect: 'none' }),
}
