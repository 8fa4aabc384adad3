// Apache's shells on our server: zkCli of ZooKeeper 3.8 and zookeeper-shell of Kafka 3.9 say the same there as on their own
// server, command by command. Ours says the same on both servers. And the four-letter words: the same lines.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { javaArgs } from '../lib/java.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram, startProgram } from '../lib/programs.mjs'
import { fourLetterWord, line, startServer } from './servers.mjs'

const commands = `
ls /
ls -s /zookeeper
create /kafka
create /kafka data-of-kafka
create /kafka/brokers "two words"
get /kafka/brokers
get -s /kafka/brokers
set /kafka/brokers changed
set -s /kafka/brokers again
set -v 7 /kafka/brokers refused
set -v 2 /kafka/brokers third
create -s /kafka/brokers/seq- one
create -s /kafka/brokers/seq- two
create -e /kafka/ephemeral mine
create -e /kafka/ephemeral/below refused
create -s -e /kafka/brokers/both three
create -c /kafka/container
create -t 1000 /kafka/ttl refused
create /nowhere/below refused
create no-slash
ls /kafka/brokers
ls -R /kafka
ls -s /kafka
stat /kafka/brokers
stat /nowhere
get /nowhere
getAcl /kafka
getAcl -s /kafka
addauth digest alice:secret
whoami
create /secret hidden auth::cdrwa
getAcl /secret
setAcl /secret world:anyone:r,auth::cdrwa
getAcl /secret
setAcl -v 9 /secret world:anyone:r
setAcl /secret moon:x:r
getEphemerals
getEphemerals /kafka
getAllChildrenNumber /kafka
sync /kafka
listquota /kafka
config
reconfig -members server.1=localhost:2888:3888
ls -w /kafka
create /kafka/watched 1
get -w /kafka/watched
set /kafka/watched 2
stat -w /kafka/watched
removewatches /kafka/watched
addWatch -m PERSISTENT /kafka/watched
set /kafka/watched 3
set /kafka/watched 4
removewatches /kafka/watched
delete /kafka
delete -v 9 /kafka/watched
delete /kafka/watched
delete /kafka/watched
deleteall /kafka/brokers
ls /kafka
ls /secret
no-such-command
ls
create
close
ls /
quit
`.trim()

const shells = {
  'zkCli of ZooKeeper 3.8': ({ address }) => java('org.apache.zookeeper.ZooKeeperMain', address),
  'zookeeper-shell of Kafka 3.9': ({ address }) =>
    java('org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka', address),
  'our zookeeper-shell': ({ address }) => [join(rootDir, 'bin', 'zookeeper-shell'), [address]],
}

function java(main, address) {
  return ['java', [...javaArgs(line), main, '-server', address]]
}

for (const [name, commandLine] of Object.entries(shells)) {
  test(`${name}: ${commands.split('\n').length} commands`, async () => {
    // Fresh ones, so that transaction ids are the same.
    const [theirs, ours] = await onBoth(async (server) => {
      const { stdout, stderr } = await runProgram(...commandLine(server), { input: `${commands}\n` })
      return transcript(stdout, stderr, server)
    })
    assert.deepEqual(ours, theirs)
    assert.ok(theirs.stdout.length > 80, `it did little:\n${theirs.stdout.join('\n')}`)
    assert.ok(theirs.events.length >= 4, `watches told of little:\n${theirs.events.join('\n')}`)
  })
}

/**
 * What it printed, without what differs from run to run; lists have no order (Apache's is that of a Java hash table).
 * come from a thread of their own, so they are apart.
 */
function transcript(stdout, stderr, { port }) {
  const masked = (text) =>
    text
      .replaceAll(String(port), 'PORT')
      .replace(/0x1[0-9a-f]{14}/g, 'SESSION')
      .replace(/^([cm]time) = .*$/gm, '$1 = TIME')
      .replace(/^\[(.*, .*)\]$/gm, (_, list) => `[${list.split(', ').sort().join(', ')}]`)
      .replace(/^digest: alice\nip: 127.0.0.1$/m, 'ip: 127.0.0.1\ndigest: alice')
      .replace(/^\[\d{4}-\d\d-\d\d .*\n/gm, '')
      .split('\n')
      .filter((each) => each.trim() !== '')
  const lines = masked(stdout)
  const isEvent = (each) => /^WATCHER::|^WatchedEvent /.test(each)
  return {
    stdout: lines.filter((each) => !isEvent(each)),
    events: lines.filter((each) => each.startsWith('WatchedEvent') && !each.includes('type:None')),
    stderr: masked(stderr),
  }
}

test('four-letter words: the same lines', async (t) => {
  const words = ['ruok', 'srvr', 'stat', 'conf', 'cons', 'isro', 'wchs', 'wchc', 'wchp', 'dump', 'dirs', 'srst', 'crst']
  const [theirs, ours] = await onBoth(async (server) => {
    const shell = await watchingShell(server)
    const answers = {}
    for (const word of [...words, 'envi', 'mntr']) answers[word] = await fourLetterWord(server.port, word)
    shell.endInput()
    await shell.exited
    return answers
  })
  for (const word of words) {
    await t.test(word, () => {
      assert.deepEqual(withoutNumbers(ours[word]), withoutNumbers(theirs[word]))
    })
  }
  await t.test('envi: the lines that are not about Java', () => {
    const names = (answer) => answer.split('\n').map((each) => each.split('=')[0])
    const expected = names(theirs.envi).filter((each) => !/^java\.|^os\.memory|^user\.home/.test(each))
    const found = new Set(names(ours.envi))
    assert.deepEqual(
      expected.filter((each) => !found.has(each)),
      [],
    )
  })
  await t.test('mntr: no line that Apache does not have, and all of its gauges of a server alone', () => {
    const names = (answer) => answer.split('\n').map((each) => each.split('\t')[0])
    const theirNames = new Set(names(theirs.mntr))
    assert.deepEqual(
      names(ours.mntr).filter((each) => !theirNames.has(each)),
      [],
    )
    assert.deepEqual(
      gauges.filter((each) => !names(ours.mntr).includes(`zk_${each}`)),
      [],
    )
  })
})

/** What monitoring asks for (ZooKeeper's administrator's guide). */
const gauges = [
  ...['version', 'server_state', 'avg_latency', 'max_latency', 'min_latency', 'packets_received', 'packets_sent'],
  ...['num_alive_connections', 'outstanding_requests', 'znode_count', 'watch_count', 'ephemerals_count', 'uptime'],
  ...['approximate_data_size', 'open_file_descriptor_count', 'max_file_descriptor_count', 'global_sessions'],
  ...['last_client_response_size', 'max_client_response_size', 'min_client_response_size', 'connection_rejected'],
]

function withoutNumbers(answer) {
  const lines = answer
    .replace(/(Zookeeper version: ).*/, '$1VERSION')
    .replace(/\/tmp\/[^\n]*/g, 'FOLDER')
    .replace(/[A-Z][a-z]{2} [A-Z][a-z]{2} \d.*(?=:\n)/g, 'TIME')
    .replace(/\[\d\]\(queued/g, '[](queued')
    .replace(/0x[0-9a-f]+/g, 'HEX')
    .replace(/lop=[A-Z0-9]+/g, 'lop=OPERATION')
    .replace(/-?\d+(\.\d+)?/g, 'N')
    .split('\n')
  // Who expires in the same tick has one line.
  return [...new Set(lines)].sort()
}

/** A client that watches a node and holds an ephemeral one. */
async function watchingShell({ address }) {
  const shell = startProgram(...java('org.apache.zookeeper.ZooKeeperMain', address))
  shell.write('create -e /held x\nget -w /held\nls -w /\nstat /held\n')
  await shell.waitFor(({ stdout }) => stdout.includes('numChildren = 0'))
  return shell
}

/** Runs `work` on a fresh server of Apache's and on one of ours; resolves to both results. */
async function onBoth(work) {
  return await Promise.all(
    ['apache', 'millrace'].map(async (kind) => {
      const server = await startServer(kind)
      try {
        return await work(server)
      } finally {
        await server.dispose()
      }
    }),
  )
}
