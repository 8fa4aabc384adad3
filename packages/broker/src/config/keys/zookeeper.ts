import { boolean, int, list, password, string } from '../config-key.js'
import { notServed, notSet } from '../refusals.js'

/** ZooKeeper. */
export const zookeeperConfigs = {
  'zookeeper.clientCnxnSocket': string(null, { effect: 'none' }),
  'zookeeper.connect': string(null, {
    about: 'The ZooKeeper servers. Unset: the store inside this broker.',
    refuse: notSet(
      'Coordination through a ZooKeeper server is not supported yet: leave it unset, the broker keeps its own store.',
    ),
  }),
  'zookeeper.connection.timeout.ms': int(null, { effect: 'none' }),
  'zookeeper.max.in.flight.requests': int('10', { min: 1, effect: 'none' }),
  'zookeeper.metadata.migration.enable': boolean('false', {
    refuse: notServed((value) => value === true, 'There is no KRaft to migrate to.'),
  }),
  'zookeeper.metadata.migration.min.batch.size': int('200', { min: 1, internal: true, effect: 'none' }),
  'zookeeper.session.timeout.ms': int('18000', {
    about: 'How long the cluster store waits for a broker that is silent before it takes it for dead.',
  }),
  'zookeeper.set.acl': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.cipher.suites': list(null, { effect: 'none' }),
  'zookeeper.ssl.client.enable': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.crl.enable': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.enabled.protocols': list(null, { effect: 'none' }),
  'zookeeper.ssl.endpoint.identification.algorithm': string('HTTPS', { effect: 'none' }),
  'zookeeper.ssl.keystore.location': string(null, { effect: 'none' }),
  'zookeeper.ssl.keystore.password': password(null, { effect: 'none' }),
  'zookeeper.ssl.keystore.type': string(null, { effect: 'none' }),
  'zookeeper.ssl.ocsp.enable': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.protocol': string('TLSv1.2', { effect: 'none' }),
  'zookeeper.ssl.truststore.location': string(null, { effect: 'none' }),
  'zookeeper.ssl.truststore.password': password(null, { effect: 'none' }),
  'zookeeper.ssl.truststore.type': string(null, { effect: 'none' }),
}
