// Certificates for a test, made by openssl and keytool: an authority, a server, a client, a stranger, and what Java and Node
// read them from. Everything lies in one folder and is good for a day.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '../lib/programs.mjs'

export const storePassword = 'store-secret'
const lifetime = ['-days', '1']
const newKey = ['-newkey', 'rsa:2048', '-keyout']

/**
 * Paths by name: `ca`, `otherCa` (PEM); `server`, `elsewhere` (PKCS12; the second names another host); `trust` (PKCS12, of Java's
 * making), `jks`; `client`, `stranger` (PEM, key and certificate), `clientStore` (PKCS12), `lockedClient` (PEM, its key encrypted).
 */
export async function makeCertificates(folder) {
  const at = (name) => join(folder, name)
  const openssl = (...args) => mustRun('openssl', args)
  const keytool = (...args) => mustRun('keytool', [...args, '-storepass', storePassword])
  const password = `pass:${storePassword}`

  const authority = async (name) => {
    const subject = ['-subj', `/CN=${name}`]
    await openssl(
      'req',
      '-x509',
      '-nodes',
      ...newKey,
      at(`${name}.key`),
      '-out',
      at(`${name}.pem`),
      ...subject,
      ...lifetime,
    )
  }
  const certificate = async (name, issuer, names) => {
    const [key, request, cert] = [at(`${name}.key`), at(`${name}.csr`), at(`${name}.crt`)]
    writeFileSync(at(`${name}.ext`), names === undefined ? 'basicConstraints=CA:FALSE' : `subjectAltName=${names}`)
    await openssl('req', '-nodes', ...newKey, key, '-out', request, '-subj', `/CN=${name}`)
    const signer = ['-CA', at(`${issuer}.pem`), '-CAkey', at(`${issuer}.key`), '-CAcreateserial']
    await openssl('x509', '-req', '-in', request, ...signer, ...lifetime, '-extfile', at(`${name}.ext`), '-out', cert)
    const store = ['-in', cert, '-inkey', key, '-certfile', at(`${issuer}.pem`), '-out', at(`${name}.p12`)]
    await openssl('pkcs12', '-export', '-name', name, ...store, '-passout', password)
    writeFileSync(at(`${name}.pem`), await mustRun('cat', [key, cert]))
  }

  await authority('ca')
  await authority('other-ca')
  await certificate('server', 'ca', 'DNS:localhost,IP:127.0.0.1')
  await certificate('elsewhere', 'ca', 'DNS:kafka.example.com')
  await certificate('client', 'ca')
  await certificate('stranger', 'other-ca')
  await openssl('pkcs8', '-topk8', '-in', at('client.key'), '-out', at('locked.key'), '-passout', password)
  writeFileSync(at('locked.pem'), await mustRun('cat', [at('locked.key'), at('client.crt')]))
  const trusted = ['-importcert', '-noprompt', '-alias', 'ca', '-file', at('ca.pem')]
  await keytool(...trusted, '-keystore', at('trust.p12'), '-storetype', 'PKCS12')
  await keytool(...trusted, '-keystore', at('trust.jks'), '-storetype', 'JKS')
  return {
    ca: at('ca.pem'),
    otherCa: at('other-ca.pem'),
    server: at('server.p12'),
    elsewhere: at('elsewhere.p12'),
    trust: at('trust.p12'),
    jks: at('trust.jks'),
    client: at('client.pem'),
    clientCertificate: at('client.crt'),
    clientKey: at('client.key'),
    clientStore: at('client.p12'),
    lockedClient: at('locked.pem'),
    stranger: at('stranger.pem'),
  }
}
