import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseConfig } from './parse-config.js'
import { sslConfigs } from './ssl-configs.js'
import { tlsOptions } from './tls-options.js'

const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUeFP6Fv7ygsTbk3gyJ/jforBSSdkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIyMzEyMVoYDzIxMjYxMDI4
MjIzMTIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR7v5u/mM/E8iRWSXk4RAvTJ2NG+bsyyYrVFYtSN39sebANzXKaBBxr
RA/GF3x3vxo1okyXMQie7QMWfW20reWLo28wbTAdBgNVHQ4EFgQUbO51wbM8Ve6q
bSiLndiOTtVVSBcwHwYDVR0jBBgwFoAUbO51wbM8Ve6qbSiLndiOTtVVSBcwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAK4JgzkwVh2MVHP9KguxhpJhQXQ49uWQoLzWxLgVNxZjAiAr
YcGm2f+ZHtcWXSArvmkt+PjYwtrZB3USoHyPK0GXTg==
-----END CERTIFICATE-----
`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcN6nKHDBjrRqDaZB
9vFq123Ez0/ILXraCK5QlJqzWT2hRANCAAR7v5u/mM/E8iRWSXk4RAvTJ2NG+bsy
yYrVFYtSN39sebANzXKaBBxrRA/GF3x3vxo1okyXMQie7QMWfW20reWL
-----END PRIVATE KEY-----
`

let dir = ''
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-tls-options-'))
})
after(() => rmSync(dir, { recursive: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

function made(given: Parameters<typeof parseConfig<typeof sslConfigs>>[1], tls = {}) {
  const mistakes: string[] = []
  const options = tlsOptions(parseConfig(sslConfigs, given), tls, mistakes)
  return { options, mistakes }
}

test('ssl.*: PEM in files, and as texts, also in one line', () => {
  const pem = file('both.pem', key + certificate)
  const ofFiles = made({ 'ssl.truststore.location': pem, 'ssl.keystore.location': pem })
  assert.deepEqual(ofFiles.mistakes, [])
  assert.ok(ofFiles.options.secureContext !== undefined)
  const oneLine = (text: string) => text.trim().replaceAll('\n', ' ')
  for (const shape of [(text: string) => text, oneLine]) {
    const { options, mistakes } = made({
      'ssl.truststore.certificates': shape(certificate),
      'ssl.keystore.certificate.chain': shape(certificate),
      'ssl.keystore.key': shape(key),
    })
    assert.deepEqual(mistakes, [])
    assert.equal(options.ca, certificate)
    assert.equal(options.cert, certificate)
    assert.equal(options.key, key)
  }
})

test('ssl.*: the host’s name is checked unless the algorithm is empty; versions; `tls` counts before', () => {
  const usual = made({}).options
  assert.equal(usual.checkServerIdentity, undefined)
  assert.equal(usual.minVersion, 'TLSv1.2')
  assert.equal(usual.maxVersion, 'TLSv1.3')
  const unchecked = made({ 'ssl.endpoint.identification.algorithm': '', 'ssl.enabled.protocols': 'TLSv1.3' }).options
  assert.equal(unchecked.checkServerIdentity?.('any', {} as never), undefined)
  assert.equal(unchecked.minVersion, 'TLSv1.3')
  const pem = file('ca.pem', certificate)
  const { options } = made({ 'ssl.truststore.location': pem }, { ca: certificate, servername: 'x' })
  assert.equal(options.ca, certificate)
  assert.equal(options.servername, 'x')
  assert.match(
    made({ 'ssl.enabled.protocols': 'TLSv1.2,SSLv3' }).mistakes.join(),
    /ssl\.enabled\.protocols=TLSv1\.2,SSLv3/,
  )
})

test('ssl.*: what cannot be read is a mistake that says what to do', () => {
  const jks = file('store.jks', Buffer.from('feedfeed00000002', 'hex'))
  const der = file('store.p12', Buffer.from('3082000a020103', 'hex'))
  const wrong: readonly [Parameters<typeof made>[0], RegExp][] = [
    [{ 'ssl.truststore.location': jks }, /ssl\.truststore\.location=.*store\.jks.*JKS.*PEM/],
    [{ 'ssl.truststore.location': der }, /ssl\.truststore\.location=.*PKCS12.*PEM/],
    [{ 'ssl.keystore.location': jks }, /ssl\.keystore\.location=.*JKS.*PKCS12/],
    [{ 'ssl.keystore.location': der, 'ssl.keystore.password': 'x' }, /cannot be used/],
    [{ 'ssl.keystore.location': join(dir, 'absent.pem') }, /ssl\.keystore\.location=.*absent\.pem.*ENOENT/],
    [{ 'ssl.keystore.location': file('only.pem', certificate) }, /cannot be used/],
    [{ 'ssl.keystore.key': key }, /need each other/],
  ]
  for (const [given, expected] of wrong) assert.match(made(given).mistakes.join(), expected)
})
