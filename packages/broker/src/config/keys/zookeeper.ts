import { boolean, int, list, password, string } from '../config-key.js'
import { connectStringMistake, notServed } from '../refusals.js'

/** ZooKeeper. */
export const zookeeperConfigs = {
  'zookeeper.clientCnxnSocket': string(null, { effect: 'none' }),
  'zookeeper.connect': string(null, {
    about:
      'The ZooKeeper servers of the cluster, as host1:2181,host2:2181/chroot; a chroot that is missing is made. Unset: a server inside this broker.',
    refuse: connectStringMistake,
  }),
  'zookeeper.connection.timeout.ms': int(null, {
    about: 'How long a start waits for a ZooKeeper server. Unset: zookeeper.session.timeout.ms.',
  }),
  'zookeeper.max.in.flight.requests': int('10', { min: 1, effect: 'none' }),
  'zookeeper.metadata.migration.enable': boolean('false', {
    refuse: notServed((value) => value === true, 'There is no KRaft to migrate to.'),
  }),
  'zookeeper.metadata.migration.min.batch.size': int('200', { min: 1, internal: true, effect: 'none' }),
  'zookeeper.session.timeout.ms': int('18000', {
    about: 'How long ZooKeeper waits for a broker that is silent before it takes it for dead.',
  }),
  'zookeeper.set.acl': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.cipher.suites': list(null, { effect: 'none' }),
  'zookeeper.ssl.client.enable': boolean('false', {
    about: 'Whether connections to the servers of zookeeper.connect are encrypted.',
  }),
  'zookeeper.ssl.crl.enable': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.enabled.protocols': list(null, { effect: 'none' }),
  'zookeeper.ssl.endpoint.identification.algorithm': string('HTTPS', {
    about: "Empty: the server's certificate may be for any host name.",
  }),
  'zookeeper.ssl.keystore.location': string(null, {
    about: "The file with this broker's certificate and key, PEM or PKCS12, if the servers ask for one.",
  }),
  'zookeeper.ssl.keystore.password': password(null, {
    about: 'Of the key in zookeeper.ssl.keystore.location.',
  }),
  'zookeeper.ssl.keystore.type': string(null, { effect: 'none' }),
  'zookeeper.ssl.ocsp.enable': boolean('false', { effect: 'none' }),
  'zookeeper.ssl.protocol': string('TLSv1.2', { effect: 'none' }),
  'zookeeper.ssl.truststore.location': string(null, {
    about: 'The file with the certificates to trust, PEM. Unset: those that Node trusts.',
  }),
  'zookeeper.ssl.truststore.password': password(null, { effect: 'none' }),
  'zookeeper.ssl.truststore.type': string(null, { effect: 'none' }),
}
