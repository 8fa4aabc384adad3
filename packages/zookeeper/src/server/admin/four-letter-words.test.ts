import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminConnection, adminSession, adminView } from '../../testing/admin-views.js'
import { FourLetterWords, fourLetterWord } from './four-letter-words.js'
import { javaDate } from './java-text.js'
import { ServerStats } from './server-stats.js'

const all = [
  ...['conf', 'cons', 'crst', 'dirs', 'dump', 'envi', 'isro', 'mntr'],
  ...['ruok', 'srst', 'srvr', 'stat', 'wchc', 'wchp', 'wchs'],
]

function answer(word: string, view = adminView()): string | undefined {
  return new FourLetterWords(view, ['*']).answer(word)
}

function busyStats(): ServerStats {
  const stats = new ServerStats()
  for (const latencyMs of [0, 0, 5]) stats.requestAnswered(latencyMs)
  for (let packets = 0; packets < 4; packets++) stats.packetReceived()
  for (const bytes of [40, 16, 20]) stats.packetSent(bytes)
  return stats
}

test('words: the first four bytes of a connection are a word or a length', () => {
  for (const word of all) {
    const number = Buffer.from(word).readInt32BE()
    assert.equal(fourLetterWord(number), word)
    assert.ok(number > 0xfffff, 'larger than any request')
  }
  // A ConnectRequest is 44 or 45 bytes long; 0xfff4fffd is what telnet sends to close.
  for (const number of [44, 45, 0, -1, 0xfff4fffd | 0, Buffer.from('RUOK').readInt32BE()]) {
    assert.equal(fourLetterWord(number), undefined)
  }
})

test('words: what is no word has no answer, whatever the whitelist says', () => {
  for (const word of ['hash', 'gtmk', 'toString', 'constructor', '', 'ruo', '*']) {
    assert.equal(new FourLetterWords(adminView(), ['*', 'hash']).answer(word), undefined)
  }
})

test('whitelist: srvr is always answered, others if they are listed, all with *', () => {
  const words = new FourLetterWords(adminView(), ['ruok'])
  for (const word of all) {
    const refusal = `${word} is not executed because it is not in the whitelist.\n`
    if (word === 'ruok' || word === 'srvr') assert.notEqual(words.answer(word), refusal)
    else assert.equal(words.answer(word), refusal)
  }
  assert.equal(new FourLetterWords(adminView(), ['*']).answer('isro'), 'rw')
})

test('whitelist: a word that is not listed does nothing', () => {
  const stats = busyStats()
  new FourLetterWords(adminView({ stats }), []).answer('srst')
  assert.equal(stats.packetsReceived, 4)
})

test('words: a server that does not serve says so', () => {
  const view = adminView({ isServing: false, environment: () => [['zookeeper.version', 'x']] })
  const own: Readonly<Record<string, string>> = {
    ruok: 'imok',
    isro: 'null',
    envi: 'Environment:\nzookeeper.version=x\n',
  }
  for (const word of all) {
    const expected = own[word] ?? 'This ZooKeeper instance is not currently serving requests\n'
    assert.equal(answer(word, view), expected, word)
  }
})

test('ruok, isro', () => {
  assert.equal(answer('ruok'), 'imok')
  assert.equal(answer('isro'), 'rw')
})

const serverSummary = `Latency min/avg/max: 0/1.6667/5
Received: 4
Sent: 3
Connections: 2
Outstanding: 1
Zxid: 0x1f
Mode: standalone
Node count: 7
`

test('srvr: counters, zxid and nodes', () => {
  const view = adminView({
    stats: busyStats(),
    counts: { connectionCount: 2, outstandingRequests: 1, lastZxid: 31n, nodeCount: 7 },
  })
  assert.equal(answer('srvr', view), `Zookeeper version: 3.8.4-test\n${serverSummary}`)
  assert.match(answer('srvr') ?? '', /^Latency min\/avg\/max: 0\/0\.0\/0$/m)
})

test('stat: srvr with the connections in brief', () => {
  const view = adminView({
    stats: busyStats(),
    counts: { connectionCount: 2, outstandingRequests: 1, lastZxid: 31n, nodeCount: 7 },
    connections: () => [
      adminConnection({ session: adminSession(), outstandingRequests: 1 }),
      adminConnection({ address: '::1', port: 50_001, interestOps: 0, packetsReceived: 1, packetsSent: 0 }),
    ],
  })
  assert.equal(
    answer('stat', view),
    `Zookeeper version: 3.8.4-test
Clients:
 /127.0.0.1:50000[1](queued=1,recved=3,sent=2)
 /[0:0:0:0:0:0:0:1]:50001[0](queued=0,recved=1,sent=0)

${serverSummary}`,
  )
})

test('cons: connections in full; one without a session in brief', () => {
  const fresh = adminSession({ lastOperation: 'SESS', lastCxid: -1, sessionId: -1n })
  const connections = [
    adminConnection({ session: adminSession() }),
    adminConnection({ session: fresh, port: 50_001 }),
    adminConnection({ port: 50_002, interestOps: 0 }),
  ]
  assert.equal(
    answer('cons', adminView({ connections: () => connections })),
    ` /127.0.0.1:50000[1](queued=0,recved=3,sent=2,sid=0x100001234560000,lop=GETD,est=1700000000000,to=30000,lcxid=0x2,lzxid=0x2a,lresp=1700000001000,llat=1,minlat=0,avglat=2,maxlat=7)
 /127.0.0.1:50001[1](queued=0,recved=3,sent=2,sid=0xffffffffffffffff,lop=SESS,est=1700000000000,to=30000,lzxid=0x2a,lresp=1700000001000,llat=1,minlat=0,avglat=2,maxlat=7)
 /127.0.0.1:50002[0](queued=0,recved=3,sent=2)

`,
  )
  assert.equal(answer('cons'), '\n')
})

test('conf, dirs, envi', () => {
  assert.equal(
    answer('conf'),
    `clientPort=2181
secureClientPort=-1
dataDir=/data/zookeeper/version-2
dataDirSize=424
dataLogDir=/logs/zookeeper/version-2
dataLogSize=67108880
tickTime=3000
maxClientCnxns=60
minSessionTimeout=6000
maxSessionTimeout=60000
clientPortListenBacklog=-1
serverId=0
`,
  )
  assert.equal(answer('dirs'), 'datadir_size: 424\nlogdir_size: 67108880\n')
  const environment = () => [['zookeeper.version', '3.8.4-test'] as const, ['host.name', 'here'] as const]
  assert.equal(
    answer('envi', adminView({ environment })),
    'Environment:\nzookeeper.version=3.8.4-test\nhost.name=here\n',
  )
})

test('mntr: one value a line, behind a tab', () => {
  const view = adminView({
    stats: busyStats(),
    counts: { connectionCount: 2, watchCount: 3, ephemeralCount: 1, sessionCount: 2 },
    metrics: () => [
      ['stale_sessions_expired', 1],
      ['connection_drop_probability', 0.25],
    ],
  })
  assert.equal(
    answer('mntr', view),
    [
      ...['zk_version\t3.8.4-test', 'zk_server_state\tstandalone', 'zk_avg_latency\t1.6667', 'zk_max_latency\t5'],
      ...['zk_min_latency\t0', 'zk_packets_received\t4', 'zk_packets_sent\t3', 'zk_num_alive_connections\t2'],
      ...['zk_outstanding_requests\t0', 'zk_uptime\t1000', 'zk_znode_count\t5', 'zk_watch_count\t3'],
      ...['zk_ephemerals_count\t1', 'zk_approximate_data_size\t44', 'zk_global_sessions\t2', 'zk_local_sessions\t0'],
      ...['zk_open_file_descriptor_count\t20', 'zk_max_file_descriptor_count\t1024'],
      ...['zk_last_client_response_size\t20', 'zk_max_client_response_size\t40', 'zk_min_client_response_size\t16'],
      ...['zk_auth_failed_count\t0', 'zk_stale_sessions_expired\t1', 'zk_connection_drop_probability\t0.25', ''],
    ].join('\n'),
  )
})

test('srst and crst reset what they name', () => {
  const stats = busyStats()
  stats.authFailed()
  let resets = 0
  const view = adminView({ stats, resetConnectionStats: () => resets++ })
  assert.equal(answer('srst', view), 'Server stats reset.\n')
  const { latency, packetsReceived, packetsSent, responseSizes, authFailures } = stats
  assert.deepEqual([latency.count, packetsReceived, packetsSent, responseSizes.last, authFailures], [0, 0, 0, -1, 1])
  assert.equal(resets, 0)
  assert.equal(answer('crst', view), 'Connection stats reset.\n')
  assert.equal(resets, 1)
})

test('dump: sessions and connections by their end, ephemeral nodes by session', () => {
  const soon = 1_700_000_000_000
  const later = soon + 3000
  const view = adminView({
    sessions: () => [
      { sessionId: 1n, expiresAtMs: later },
      { sessionId: 2n, expiresAtMs: soon },
      { sessionId: 0xabcn, expiresAtMs: later },
    ],
    ephemerals: () => new Map([[1n, ['/a', '/b']]]),
    connections: () => [
      adminConnection({ session: adminSession({ sessionId: 1n }), expiresAtMs: later }),
      adminConnection({ port: 50_001, expiresAtMs: soon }),
    ],
  })
  assert.equal(
    answer('dump', view),
    `SessionTracker dump:
Session Sets (2)/(3):
1 expire at ${javaDate(soon)}:
	0x2
2 expire at ${javaDate(later)}:
	0x1
	0xabc
ephemeral nodes dump:
Sessions with Ephemerals (1):
0x1:
	/a
	/b
Connections dump:
Connections Sets (2)/(2):
1 expire at ${javaDate(soon)}:
	ip: /127.0.0.1:50001 sessionId: 0x0
1 expire at ${javaDate(later)}:
	ip: /127.0.0.1:50000 sessionId: 0x1
`,
  )
})

test('wchs, wchc, wchp: who watches what', () => {
  const watches = () =>
    new Map([
      [1n, ['/a', '/b']],
      [0xffn, ['/a']],
    ])
  const view = adminView({ watches })
  assert.equal(answer('wchs', view), '2 connections watching 2 paths\nTotal watches:3\n')
  assert.equal(answer('wchc', view), '0x1\n\t/a\n\t/b\n0xff\n\t/a\n\n')
  assert.equal(answer('wchp', view), '/a\n\t0x1\n\t0xff\n/b\n\t0x1\n\n')
  assert.equal(answer('wchs'), '0 connections watching 0 paths\nTotal watches:0\n')
  assert.equal(answer('wchp'), '\n')
})
