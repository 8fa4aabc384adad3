import { list, string } from './config-table.js'

/** What Java’s clients have for TLS (`SslConfigs`), as far as it can be followed here; the rest goes into `tls`. */
export const sslConfigs = {
  'ssl.truststore.type': string(
    undefined,
    'PEM; of JKS and PKCS12 the error says how PEM is made. What the file holds decides.',
  ),
  'ssl.truststore.location': string(
    undefined,
    'The file with the certificates to trust, in PEM. Unset: those that Node trusts.',
  ),
  'ssl.truststore.certificates': string(undefined, 'The certificates themselves, in PEM (KIP-651).'),
  'ssl.truststore.password': string(undefined, 'Files in PEM have none: taken, without effect.'),
  'ssl.keystore.type': string(undefined, 'PEM or PKCS12. What the file holds decides.'),
  'ssl.keystore.location': string(undefined, 'The file with this client’s certificate and key, PEM or PKCS12.'),
  'ssl.keystore.password': string(undefined, 'Of a key store in PKCS12.'),
  'ssl.keystore.certificate.chain': string(undefined, 'This client’s certificate itself, in PEM (KIP-651).'),
  'ssl.keystore.key': string(undefined, 'Its key, in PEM.'),
  'ssl.key.password': string(undefined, 'Of a key in PEM.'),
  'ssl.endpoint.identification.algorithm': string('https', 'Empty: the broker’s certificate may be for any host.'),
  'ssl.enabled.protocols': list(['TLSv1.2', 'TLSv1.3'], 'Versions of TLS, from the lowest to the highest of these.', {
    in2x: 'TLSv1.2',
  }),
} as const
