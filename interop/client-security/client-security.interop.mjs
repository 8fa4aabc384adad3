// @millrace/client against Apache brokers that want to know who comes: TLS with and without certificates of clients, SASL over
// both, wrong credentials, authentication that ends and is renewed, and topics that a user may not touch.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { target } from '../lib/brokers.mjs'
import { accessCases } from './access-cases.mjs'
import { makeCertificates } from './certificates.mjs'
import { changedPasswordCases, reauthenticationCases, saslCases } from './sasl-cases.mjs'
import { passwordOf, startSecuredBroker } from './secured-broker.mjs'
import { javaFileCases, tlsCases } from './tls-cases.mjs'
import { tokenCases } from './token-cases.mjs'

const kinds = target === 'millrace' ? ['apache-2.5', 'apache-3.9', 'apache-4.x'] : [target]
const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
const certificates = await makeCertificates(folder)
const ca = readFileSync(certificates.ca)
test.after(() => rmSync(folder, { recursive: true, force: true }))

for (const kind of kinds) {
  test(kind, async (t) => {
    const { broker, addressOf } = await startSecuredBroker(kind, certificates)
    t.after(() => broker.dispose())
    const to = (listener, more) => ({ 'bootstrap.servers': addressOf(listener), ...more })
    const signedIn = (listener, mechanism, user = 'alice') =>
      to(listener, {
        'security.protocol': listener === 'SASLSSL' ? 'SASL_SSL' : 'SASL_PLAINTEXT',
        'sasl.mechanism': mechanism,
        credentials: { username: user, password: passwordOf(kind, mechanism, user) },
        ...(listener === 'SASLSSL' ? { tls: { ca } } : {}),
      })
    await tlsCases(t, { to, ca, certificates })
    await javaFileCases(t, { kind, addressOf, folder, certificates })
    await saslCases(t, { to, signedIn })
    await tokenCases(t, { signedIn, folder })
    await reauthenticationCases(t, signedIn)
    await changedPasswordCases(t, signedIn)
    const admin = new KafkaAdminClient(to('SSL', { 'security.protocol': 'SSL', tls: { ca } }))
    await accessCases(t, { signedIn, admin })
  })
}
