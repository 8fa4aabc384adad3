import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminConnection, adminSession, adminView } from '../../testing/admin-views.js'
import { adminCommandNames, runAdminCommand } from './admin-commands.js'
import { javaJson } from './java-json.js'
import { ServerStats } from './server-stats.js'

test('admin commands: an unknown one, and those that have nothing to say', () => {
  assert.deepEqual(runAdminCommand('nothing', adminView()), { command: 'nothing', error: 'Unknown command: nothing' })
  assert.deepEqual(runAdminCommand('toString', adminView())['error'], 'Unknown command: toString')
  assert.deepEqual(runAdminCommand('ruok', adminView()), { command: 'ruok', error: null })
  assert.deepEqual(runAdminCommand('lead', adminView()), { command: 'leader', error: 'server is not initialized' })
})

test('admin commands: a server that does not serve says so, but for its environment', () => {
  const view = adminView({ isServing: false, environment: () => [['host.name', 'here']] })
  assert.deepEqual(runAdminCommand('conf', view), {
    command: 'conf',
    error: 'This ZooKeeper instance is not currently serving requests',
  })
  assert.deepEqual(runAdminCommand('env', view), { 'host.name': 'here', command: 'environment', error: null })
})

test('admin commands: every one answers with its name', () => {
  for (const name of adminCommandNames) assert.equal(runAdminCommand(name, adminView())['command'], name)
})

test('admin commands: configuration, dirs', () => {
  assert.deepEqual(runAdminCommand('config', adminView()), {
    client_port: 2181,
    data_dir: '/data/zookeeper/version-2',
    data_log_dir: '/logs/zookeeper/version-2',
    tick_time: 3000,
    max_client_cnxns: 60,
    min_session_timeout: 6000,
    max_session_timeout: 60_000,
    server_id: 0,
    client_port_listen_backlog: -1,
    command: 'configuration',
    error: null,
  })
  const { datadir_size, logdir_size } = runAdminCommand('dirs', adminView())
  assert.deepEqual([datadir_size, logdir_size], [424, 67_108_880])
})

test('admin commands: stats are those of the server and its connections in brief', () => {
  const stats = new ServerStats()
  stats.packetReceived()
  stats.packetSent(20)
  stats.requestAnswered(3)
  const connections = () => [adminConnection({ session: adminSession() }), adminConnection({ isSecure: true, port: 1 })]
  const view = adminView({ stats, connections, counts: { lastZxid: 4n, connectionCount: 2, uptimeMs: 1.5 } })
  const responses = { last_buffer_size: 20, min_buffer_size: 20, max_buffer_size: 20 }
  const brief = { interest_ops: 1, outstanding_requests: 0, packets_received: 3, packets_sent: 2 }
  assert.deepEqual(runAdminCommand('stat', view), {
    version: '3.8.4-test',
    read_only: false,
    server_stats: {
      packets_sent: 1,
      packets_received: 1,
      client_response_stats: responses,
      data_dir_size: 424,
      log_dir_size: 67_108_880,
      provider_null: false,
      last_processed_zxid: 4n,
      outstanding_requests: 0,
      server_state: 'standalone',
      avg_latency: 3,
      max_latency: 3,
      min_latency: 3,
      num_alive_client_connections: 2,
      uptime: 1,
      auth_failed_count: 0,
    },
    client_response: responses,
    node_count: 5,
    connections: [{ remote_socket_address: '127.0.0.1:50000', ...brief }],
    secure_connections: [{ remote_socket_address: '127.0.0.1:1', ...brief }],
    command: 'stats',
    error: null,
  })
})

test('admin commands: connections in full', () => {
  const view = adminView({ connections: () => [adminConnection({ session: adminSession() })] })
  assert.deepEqual(runAdminCommand('cons', view)['connections'], [
    {
      remote_socket_address: '127.0.0.1:50000',
      interest_ops: 1,
      outstanding_requests: 0,
      packets_received: 3,
      packets_sent: 2,
      session_id: 0x100001234560000n,
      last_operation: 'GETD',
      established: 1_700_000_000_000,
      session_timeout: 30_000,
      last_cxid: 2,
      last_zxid: 0x2an,
      last_response_time: 1_700_000_001_000,
      last_latency: 1,
      min_latency: 0,
      avg_latency: 2,
      max_latency: 7,
    },
  ])
})

test('admin commands: dump and watches, with session ids in full', () => {
  const id = 72_059_105_362_640_897n
  const view = adminView({
    sessions: () => [
      { sessionId: 1n, expiresAtMs: 3000 },
      { sessionId: id, expiresAtMs: 2000 },
    ],
    ephemerals: () => new Map([[id, ['/eph']]]),
    watches: () => new Map([[id, ['/a', '/b']]]),
  })
  assert.equal(
    javaJson(runAdminCommand('dump', view)),
    `{
  "expiry_time_to_session_ids" : {
    "2000" : [ 72059105362640897 ],
    "3000" : [ 1 ]
  },
  "session_id_to_ephemeral_paths" : {
    "72059105362640897" : [ "/eph" ]
  },
  "command" : "dump",
  "error" : null
}`,
  )
  assert.equal(
    javaJson(runAdminCommand('wchp', view)),
    `{
  "path_to_session_ids" : {
    "/a" : [ 72059105362640897 ],
    "/b" : [ 72059105362640897 ]
  },
  "command" : "watches_by_path",
  "error" : null
}`,
  )
  const { num_connections, num_paths, num_total_watches } = runAdminCommand('wchs', view)
  assert.deepEqual([num_connections, num_paths, num_total_watches], [1, 2, 2])
})

test('admin commands: the resets reset', () => {
  const stats = new ServerStats()
  stats.packetReceived()
  let resets = 0
  const view = adminView({ stats, resetConnectionStats: () => resets++ })
  runAdminCommand('stat_reset', view)
  runAdminCommand('connection_stat_reset', view)
  assert.deepEqual([stats.packetsReceived, resets], [0, 1])
})

test('admin commands: monitor tells numbers as numbers', () => {
  const fields = runAdminCommand('monitor', adminView({ metrics: () => [['x', 0.5]] }))
  assert.deepEqual([fields['version'], fields['avg_latency'], fields['x']], ['3.8.4-test', 0, 0.5])
})

test('javaJson: empty things, texts, lists of objects', () => {
  const value = { a: {}, b: [], c: [{ d: 'x"\n' }, { d: true }], e: new Map() }
  assert.equal(
    javaJson(value),
    '{\n  "a" : { },\n  "b" : [ ],\n  "c" : [ {\n    "d" : "x\\"\\n"\n  }, {\n    "d" : true\n  } ],\n  "e" : { }\n}',
  )
})
