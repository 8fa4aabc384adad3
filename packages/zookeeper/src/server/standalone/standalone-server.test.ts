import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connectZooKeeper } from '../../client/connect-zookeeper.js'
import { parseServerConfig } from '../../config/parse-server-config.js'
import { certificatePem, keyPem, pkcs12 } from '../../testing/certificates.js'
import { StandaloneServer } from './standalone-server.js'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'zookeeper-standalone-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function start(t: TestContext, dataDir: string, properties: Readonly<Record<string, string>> = {}) {
  const all = { dataDir, clientPort: '0', clientPortAddress: '127.0.0.1', 'admin.enableServer': 'false', ...properties }
  const server = await StandaloneServer.start(parseServerConfig(new Map(Object.entries(all))), {
    log: () => {},
    onFailure: (error) => {
      throw error
    },
  })
  t.after(() => server.close())
  return server
}

async function say(port: number | undefined, word: string): Promise<string> {
  const socket = connect(port ?? 0, '127.0.0.1')
  socket.end(word)
  let answer = ''
  for await (const chunk of socket.setEncoding('latin1')) answer += chunk
  return answer
}

test('four-letter words: those of the whitelist, about what there is', async (t) => {
  const server = await start(t, await folder(t), { '4lw.commands.whitelist': 'mntr, cons, dump, wchc' })
  const client = await connectZooKeeper({ connectString: `127.0.0.1:${server.port}` })
  await client.create('/mine', Buffer.from('data'), { mode: 'ephemeral' })
  await client.getData('/mine', () => {})
  const values = new Map(
    (await say(server.port, 'mntr')).split('\n').map((line) => line.split('\t') as [string, string]),
  )
  assert.equal(values.get('zk_znode_count'), '6')
  assert.equal(values.get('zk_ephemerals_count'), '1')
  assert.equal(values.get('zk_watch_count'), '1')
  assert.equal(values.get('zk_server_state'), 'standalone')
  const id = `0x${client.sessionId.toString(16)}`
  assert.match(await say(server.port, 'dump'), new RegExp(`${id}:\\n\\t/mine`))
  assert.match(await say(server.port, 'cons'), new RegExp(`sid=${id},lop=GETD`))
  assert.match(await say(server.port, 'wchc'), new RegExp(`${id}\\n\\t/mine`))
  assert.match(await say(server.port, 'srvr'), /^Zookeeper version: 3\.8/)
  assert.equal(await say(server.port, 'ruok'), 'ruok is not executed because it is not in the whitelist.\n')
  await client.close()
})

test('a port with TLS beside the plain one, with its files as PEM or PKCS12', async (t) => {
  const dataDir = await folder(t)
  const file = (name: string) => join(dataDir, name)
  await writeFile(file('key.pem'), certificatePem + keyPem)
  await writeFile(file('key.p12'), pkcs12)
  await writeFile(file('trust.pem'), certificatePem)
  for (const keyStore of ['key.pem', 'key.p12']) {
    const server = await start(t, await folder(t), {
      secureClientPort: '0',
      secureClientPortAddress: '127.0.0.1',
      'ssl.keyStore.location': file(keyStore),
      'ssl.keyStore.password': 'secret',
      'ssl.trustStore.location': file('trust.pem'),
    })
    const connectString = `127.0.0.1:${server.securePort}`
    const tls = { ca: certificatePem, cert: certificatePem, key: keyPem }
    const client = await connectZooKeeper({ connectString, tls })
    await client.create('/secret', null)
    await client.close()
    const plain = await connectZooKeeper({ connectString: `127.0.0.1:${server.port}` })
    assert.notEqual(await plain.exists('/secret'), null)
    await plain.close()
    // clientAuth is `need` unless it is set.
    const anonymous = connectZooKeeper({ connectString, tls: { ca: certificatePem }, connectTimeoutMs: 300 })
    await assert.rejects(anonymous, { code: 'CONNECTIONLOSS' })
  }
})

test('the log may lie in a folder of its own; both are needed to go on', async (t) => {
  const [dataDir, dataLogDir] = [await folder(t), await folder(t)]
  const first = await start(t, dataDir, { dataLogDir, snapCount: '10' })
  const client = await connectZooKeeper({ connectString: `127.0.0.1:${first.port}` })
  for (let count = 0; count < 50; count++) await client.create(`/n${count}`, null)
  await client.close()
  await first.close()
  assert.ok((await readdir(dataDir)).some((name) => name.endsWith('.snapshot')))
  assert.ok((await readdir(dataLogDir)).every((name) => name.endsWith('.log')))
  const second = await start(t, dataDir, { dataLogDir })
  const again = await connectZooKeeper({ connectString: `127.0.0.1:${second.port}` })
  assert.equal((await again.getChildren('/')).children.length, 51)
  await again.close()
})

test('the folder of an Apache ZooKeeper is refused, with what to do', async (t) => {
  const dataDir = await folder(t)
  await mkdir(join(dataDir, 'version-2'))
  await assert.rejects(start(t, dataDir), { code: 'FOREIGN', message: /version-2.*copy the nodes/s })
})

test('skipACL lets everybody in', async (t) => {
  const server = await start(t, await folder(t), { skipACL: 'yes' })
  const client = await connectZooKeeper({ connectString: `127.0.0.1:${server.port}` })
  await client.create('/closed', Buffer.from('x'), { acl: [{ perms: 31, scheme: 'digest', id: 'nobody:x' }] })
  assert.equal((await client.getData('/closed')).data?.toString(), 'x')
  await client.close()
})

test('the admin server answers over HTTP if it is on', async (t) => {
  const server = await start(t, await folder(t), {
    'admin.enableServer': 'true',
    'admin.serverPort': '0',
    'admin.serverAddress': '127.0.0.1',
  })
  const answer = await fetch(`http://127.0.0.1:${server.adminPort}/commands/ruok`)
  assert.equal(((await answer.json()) as { command: string }).command, 'ruok')
})

test('a port that is taken is an error, and nothing stays behind', async (t) => {
  const first = await start(t, await folder(t))
  const dataDir = await folder(t)
  await assert.rejects(start(t, dataDir, { clientPort: String(first.port) }), { code: 'EADDRINUSE', port: first.port })
  await start(t, dataDir)
})
