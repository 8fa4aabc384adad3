import { int, list, long, oneOf, string } from './config-table.js'
import { sslConfigs } from './ssl-configs.js'

/** What producer, consumer and admin have in common (`CommonClientConfigs`), with Kafka 4's defaults. */
export const commonConfigs = {
  'bootstrap.servers': list(undefined, 'host:port of some brokers, from which the others are learnt.'),
  'client.id': string('', 'Names this client in the brokers’ logs and quotas.'),
  'client.dns.lookup': oneOf(
    ['use_all_dns_ips'],
    'use_all_dns_ips',
    'How names with several addresses are used: they are tried one after the other.',
  ),
  'security.protocol': oneOf(
    ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    'PLAINTEXT',
    'Whether connections are encrypted, and authenticated by SASL.',
  ),
  'sasl.mechanism': oneOf(
    ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    undefined,
    'How SASL authenticates. Kafka’s default, GSSAPI, is not there: it has to be named.',
  ),
  'sasl.jaas.config': string(undefined, 'The credentials in Java’s notation; or `credentials`.'),
  ...sslConfigs,
  'request.timeout.ms': int(30_000, 'How long an answer is waited for.', { min: 0 }),
  'default.api.timeout.ms': int(60_000, 'How long a call takes at most, where it names no other time.', { min: 0 }),
  'connections.max.idle.ms': long(540_000, 'A connection that is not used for so long is closed. -1: never.'),
  'metadata.max.age.ms': long(300_000, 'What is known of the cluster is asked for anew after this time.', { min: 0 }),
  'metadata.recovery.strategy': oneOf(
    ['rebootstrap', 'none'],
    'rebootstrap',
    'Whether bootstrap.servers are asked again when no broker that is known answers (KIP-899).',
  ),
  'metadata.recovery.rebootstrap.trigger.ms': long(
    300_000,
    'After so long without an answer about the cluster, they alone are asked (KIP-1102).',
    { min: 0 },
  ),
  'reconnect.backoff.ms': long(50, 'The first pause before a broker is tried again.', { min: 0 }),
  'reconnect.backoff.max.ms': long(1000, 'The longest one.', { min: 0 }),
  'retry.backoff.ms': long(100, 'The first pause before a request is repeated.', { min: 0 }),
  'retry.backoff.max.ms': long(1000, 'The longest one.', { min: 0 }),
  'socket.connection.setup.timeout.ms': long(
    10_000,
    'How long a connection may take to come up; doubled with each failure in a row (KIP-601).',
    { min: 1 },
  ),
  'socket.connection.setup.timeout.max.ms': long(30_000, 'The longest that this grows to.', { min: 1 }),
} as const
