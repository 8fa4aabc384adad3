import { boolean, int, list, password, string } from '../config-key.js'
import { notServed, notSet } from '../refusals.js'

/** ZooKeeper. */
export const zookeeperConfigs = {
  'zookeeper.clientCnxnSocket': string(null),
  'zookeeper.connect': string(null, {
    about: 'The ZooKeeper servers. Unset: the store inside this broker.',
    refuse: notSet(
      'Coordination through a ZooKeeper server is not supported yet: leave it unset, the broker keeps its own store.',
    ),
  }),
  'zookeeper.connection.timeout.ms': int(null),
  'zookeeper.max.in.flight.requests': int('10', { min: 1 }),
  'zookeeper.metadata.migration.enable': boolean('false', {
    refuse: notServed((value) => value === true, 'There is no KRaft to migrate to.'),
  }),
  'zookeeper.metadata.migration.min.batch.size': int('200', { min: 1, internal: true }),
  'zookeeper.session.timeout.ms': int('18000'),
  'zookeeper.set.acl': boolean('false'),
  'zookeeper.ssl.cipher.suites': list(null),
  'zookeeper.ssl.client.enable': boolean('false'),
  'zookeeper.ssl.crl.enable': boolean('false'),
  'zookeeper.ssl.enabled.protocols': list(null),
  'zookeeper.ssl.endpoint.identification.algorithm': string('HTTPS'),
  'zookeeper.ssl.keystore.location': string(null),
  'zookeeper.ssl.keystore.password': password(null),
  'zookeeper.ssl.keystore.type': string(null),
  'zookeeper.ssl.ocsp.enable': boolean('false'),
  'zookeeper.ssl.protocol': string('TLSv1.2'),
  'zookeeper.ssl.truststore.location': string(null),
  'zookeeper.ssl.truststore.password': password(null),
  'zookeeper.ssl.truststore.type': string(null),
}
