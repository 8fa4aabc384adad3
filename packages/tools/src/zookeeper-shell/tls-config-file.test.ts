import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readTlsConfigFile } from './tls-config-file.js'

const pem = '-----BEGIN CERTIFICATE-----\n'
const binary = 'no text'

/** Reads a file with these properties; `@name` is a file beside it that contains what `files` says. */
async function read(t: TestContext, properties: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-shell-'))
  t.after(() => rmSync(dir, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  const file = join(dir, 'tls.properties')
  writeFileSync(file, properties.map((line) => `zookeeper.ssl.${line.replace('@', `${dir}/`)}\n`).join(''))
  return await readTlsConfigFile(file)
}

test('TLS file: nothing without client.enable', async (t) => {
  assert.equal(await read(t, ['keystore.location=@missing.pem']), undefined)
})

test('TLS file: PEM stores', async (t) => {
  const options = await read(t, ['client.enable=true', 'keystore.location=@key.pem', 'truststore.location=@ca.pem'], {
    'key.pem': `${pem}key`,
    'ca.pem': `${pem}ca`,
  })
  const key = Buffer.from(`${pem}key`)
  assert.deepEqual(options, { key, cert: key, ca: Buffer.from(`${pem}ca`), verifyHostName: true })
})

test('TLS file: a PKCS12 key store with its password, and host names that do not matter', async (t) => {
  const options = await read(
    t,
    [
      'client.enable=true',
      'keystore.location=@key.p12',
      'keystore.password=secret',
      'endpoint.identification.algorithm=',
    ],
    { 'key.p12': binary },
  )
  assert.deepEqual(options, { pfx: Buffer.from(binary), passphrase: 'secret', verifyHostName: false })
})

test('TLS file: certificates to trust in another form are refused, and a missing file is named', async (t) => {
  await assert.rejects(
    read(t, ['client.enable=true', 'truststore.location=@ca.jks'], { 'ca.jks': binary }),
    /ca\.jks.*PEM/,
  )
  await assert.rejects(read(t, ['client.enable=true', 'keystore.location=@missing.p12']), /missing\.p12/)
})
