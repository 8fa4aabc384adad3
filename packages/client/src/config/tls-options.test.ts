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

/** Made by `keytool -genkeypair -keyalg EC -storetype PKCS12`. */
const keyStoreInPkcs12 = [
  'MIID1gIBAzCCA4AGCSqGSIb3DQEHAaCCA3EEggNtMIIDaTCCASAGCSqGSIb3DQEHAaCCAREEggENMIIBCTCCAQUGCyqGSIb3DQEMCgECoIG9MI',
  'G6MGYGCSqGSIb3DQEFDTBZMDgGCSqGSIb3DQEFDDArBBTwX6HiYrz0ssnSsov6Ap/IS14p0AICJxACASAwDAYIKoZIhvcNAgkFADAdBglghkgB',
  'ZQMEASoEEOKrsp7DAnp4CTlMQC2owuEEUHQ7GYePmzYhiG3SuDDbmSjLIF9NqUBEOCOoXow9XlfhcA0jP5wUZAEZq1CIw3FWDsmTtcy9rs24t4',
  'ptvchacAclSeoLAZHKoz7Qpbz0i4WyMTYwEQYJKoZIhvcNAQkUMQQeAgBhMCEGCSqGSIb3DQEJFTEUBBJUaW1lIDE3OTUzMjUzNTg3NDIwggJB',
  'BgkqhkiG9w0BBwagggIyMIICLgIBADCCAicGCSqGSIb3DQEHATBmBgkqhkiG9w0BBQ0wWTA4BgkqhkiG9w0BBQwwKwQUp4ffXBvAhHKkSo0Gn2',
  'jhzkwdJKYCAicQAgEgMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBpQ9OQKDOTweom/OykAYgkgIIBsFXO23lMAhVg2yWkysAMq1DkJm96',
  'gvoBiZ/GeSLq8F26C8q20z56DilukWwyafqDLsYQQkquUtMOTv5FHUQJQGT6OYd+bIh456H4UxJSr/uBAuvQ0sWN8/xKdxvtf6HS8FZGIy+9bZ',
  'Fh0T7KYLInej5JtVDFS5r172SlA3lxB/JURnoEOau5bTuGO7XJIWBplBSz0H4UP0+fgu2tj0p5n3u/z4/AMAA8sTYDYEVUypM3iAMkAKIqjAt+',
  'nh2/zRRqewcoCHXHQHTN37cpjNtWdPVqHX2G1J7GsJgHf1hP/50eTrsXvxkrj7RhcmZfSztWArbbbGicTcEMTyGSA0sSnvhblcdYrf0ZIyvdBh',
  'sRTQZBQSWPT9BOgivY5HTop+s/mELwRS8m5YtYMG5Kao+L1X3d1Q8qxrqEbSdsHNAdksC4Jt1EoWq6D6BvxLKEQvaxEuccHzD7e/L0mztX//Io',
  'eFUxEpMc+brQHwxZGl7GPMq3acVprQCaIVEKATlbiH0b74XCMyBzPujKEyTIYzvwUiU/pHbxI7p7mOvuwgykTJ9tf2AUCcpmljOtq3cS4nMMTT',
  'BNMDEwDQYJYIZIAWUDBAIBBQAEINShSAs2MIBIvdkau/bc9gpRqdpjdPPUACQagLb1b1E1BBReBxK1yE6tbBLBbMqPSSR2thIhpAICJxA=',
].join('')

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

test('ssl.*: a key store in PKCS12, and what keytool prints of a trust store, with its words around the certificates', () => {
  const store = file('key.p12', Buffer.from(keyStoreInPkcs12, 'base64'))
  const printed = file('trust.pem', `Keystore type: JKS\n\nAlias name: ca\n\n${certificate}\n\n*******\n${certificate}`)
  const { options, mistakes } = made({
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': store,
    'ssl.keystore.password': 'changeit',
    'ssl.truststore.location': printed,
  })
  assert.deepEqual(mistakes, [])
  assert.ok(options.secureContext !== undefined)
  const wrong = made({ 'ssl.keystore.location': store, 'ssl.keystore.password': 'another' })
  assert.match(wrong.mistakes.join(), /cannot be used/)
})

test('ssl.*: what cannot be read is a mistake that says what to do', () => {
  const jks = file('store.jks', Buffer.from('feedfeed00000002', 'hex'))
  const der = file('store.p12', Buffer.from('3082000a020103', 'hex'))
  const wrong: readonly [Parameters<typeof made>[0], RegExp][] = [
    [
      { 'ssl.truststore.location': jks },
      /ssl\.truststore\.location=.*store\.jks.*JKS.*PEM: keytool -list -rfc -keystore .*store\.jks > .*store\.pem/,
    ],
    [
      { 'ssl.truststore.location': der },
      /ssl\.truststore\.location=.*PKCS12.*PEM: keytool .*store\.p12 > .*store\.pem/,
    ],
    [
      { 'ssl.keystore.location': jks },
      /ssl\.keystore\.location=.*JKS.*-destkeystore .*store\.p12 -deststoretype PKCS12/,
    ],
    [{ 'ssl.keystore.location': der, 'ssl.keystore.password': 'x' }, /cannot be used/],
    [{ 'ssl.keystore.location': join(dir, 'absent.pem') }, /ssl\.keystore\.location=.*absent\.pem.*ENOENT/],
    [{ 'ssl.keystore.location': file('only.pem', certificate) }, /cannot be used/],
    [{ 'ssl.keystore.key': key }, /need each other/],
  ]
  for (const [given, expected] of wrong) assert.match(made(given).mistakes.join(), expected)
})
