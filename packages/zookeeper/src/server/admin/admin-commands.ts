/**
 * The commands of the admin server: what the four-letter words tell, as data, with the names that ZooKeeper 3.8's
 * `org.apache.zookeeper.server.admin.Commands` has for it.
 *
 * It has no socket, and changes nothing but counters (`stat_reset`, `connection_stat_reset`). Left out are the commands
 * about what is not here (trace masks, digests) and the one that shows the settings as they were written, with their
 * passwords.
 */
import type { AdminConnection, AdminView } from './admin-view.js'
import { grouped } from './grouped.js'
import type { JsonValue } from './java-json.js'
import { javaSocketAddress } from './java-text.js'
import { monitorValues } from './monitor-values.js'
import { watchesByPath, watchSummary } from './watch-reports.js'

type Fields = Readonly<Record<string, JsonValue>>

interface Command {
  /** The first one is what the answer names. */
  readonly names: readonly [string, ...string[]]
  /** Also answered while the server does not serve. */
  readonly isAlwaysAnswered?: true
  readonly run: (view: AdminView) => Fields
}

const commands: readonly Command[] = [
  { names: ['configuration', 'conf', 'config'], run: configuration },
  { names: ['connection_stat_reset', 'crst'], run: resetConnections },
  { names: ['connections', 'cons'], run: (view) => connectionFields(view, { isBrief: false }) },
  { names: ['dirs'], run: dirs },
  { names: ['dump'], run: dump },
  {
    names: ['environment', 'env', 'envi'],
    isAlwaysAnswered: true,
    run: (view) => Object.fromEntries(view.environment()),
  },
  { names: ['is_read_only', 'isro'], run: () => ({ read_only: false }) },
  { names: ['leader', 'lead'], run: () => ({ error: 'server is not initialized' }) },
  { names: ['monitor', 'mntr'], isAlwaysAnswered: true, run: (view) => Object.fromEntries(monitorValues(view)) },
  { names: ['observers', 'obsr'], run: () => ({ synced_observers: 0, observers: [] }) },
  { names: ['ruok'], run: () => ({}) },
  { names: ['server_stats', 'srvr'], run: serverStats },
  { names: ['stat_reset', 'srst'], run: resetStats },
  { names: ['stats', 'stat'], run: (view) => ({ ...serverStats(view), ...connectionFields(view, { isBrief: true }) }) },
  { names: ['voting_view'], run: () => ({ current_config: {} }) },
  { names: ['watch_summary', 'wchs'], run: watchSummaryFields },
  { names: ['watches', 'wchc'], run: (view) => ({ session_id_to_watched_paths: view.watches() }) },
  { names: ['watches_by_path', 'wchp'], run: (view) => ({ path_to_session_ids: watchesByPath(view) }) },
  { names: ['zabstate'], isAlwaysAnswered: true, run: () => ({ voting: false, zabstate: '' }) },
]

const commandsByName = new Map(commands.flatMap((command) => command.names.map((name) => [name, command] as const)))

/** The commands by their first names, sorted. */
export const adminCommandNames: readonly string[] = commands.map(({ names: [name] }) => name).sort()

/** What a command answers; `error` in it is null, or says what is wrong. Any name has an answer. */
export function runAdminCommand(name: string, view: AdminView): Fields {
  const command = commandsByName.get(name)
  if (command === undefined) return { command: name, error: `Unknown command: ${name}` }
  if (!view.isServing && command.isAlwaysAnswered !== true) {
    return { command: name, error: 'This ZooKeeper instance is not currently serving requests' }
  }
  const fields = command.run(view)
  return { ...fields, command: command.names[0], error: fields['error'] ?? null }
}

function configuration({ configuration: settings }: AdminView): Fields {
  return {
    client_port: settings.clientPort,
    data_dir: settings.dataDir,
    data_log_dir: settings.dataLogDir,
    tick_time: settings.tickTimeMs,
    max_client_cnxns: settings.maxClientCnxns,
    min_session_timeout: settings.minSessionTimeoutMs,
    max_session_timeout: settings.maxSessionTimeoutMs,
    server_id: settings.serverId,
    client_port_listen_backlog: settings.clientPortListenBacklog,
  }
}

function dirs(view: AdminView): Fields {
  const { dataDirBytes, dataLogDirBytes } = view.directorySizes()
  return { datadir_size: dataDirBytes, logdir_size: dataLogDirBytes }
}

function resetConnections(view: AdminView): Fields {
  view.resetConnectionStats()
  return {}
}

function resetStats({ stats }: AdminView): Fields {
  stats.reset()
  return {}
}

function dump(view: AdminView): Fields {
  const sessionIds = grouped(view.sessions().map(({ sessionId, expiresAtMs }) => [expiresAtMs, sessionId] as const))
  const soonestFirst = new Map([...sessionIds].sort(([a], [b]) => a - b))
  return { expiry_time_to_session_ids: soonestFirst, session_id_to_ephemeral_paths: view.ephemerals() }
}

function serverStats(view: AdminView): Fields {
  const { stats, version } = view
  const counts = view.counts()
  const { dataDirBytes, dataLogDirBytes } = view.directorySizes()
  const responses = {
    last_buffer_size: stats.responseSizes.last,
    min_buffer_size: stats.responseSizes.min,
    max_buffer_size: stats.responseSizes.max,
  }
  return {
    version,
    read_only: false,
    server_stats: {
      packets_sent: stats.packetsSent,
      packets_received: stats.packetsReceived,
      client_response_stats: responses,
      data_dir_size: dataDirBytes,
      log_dir_size: dataLogDirBytes,
      provider_null: false,
      last_processed_zxid: counts.lastZxid,
      outstanding_requests: counts.outstandingRequests,
      server_state: 'standalone',
      avg_latency: stats.latency.avg,
      max_latency: stats.latency.max,
      min_latency: stats.latency.min,
      num_alive_client_connections: counts.connectionCount,
      uptime: Math.trunc(counts.uptimeMs),
      auth_failed_count: stats.authFailures,
    },
    client_response: responses,
    node_count: counts.nodeCount,
  }
}

function connectionFields(view: AdminView, { isBrief }: { readonly isBrief: boolean }): Fields {
  const connections = view.connections()
  const describe = (connection: AdminConnection) => ({
    ...briefFields(connection),
    ...(isBrief ? {} : sessionFields(connection)),
  })
  return {
    connections: connections.filter(({ isSecure }) => !isSecure).map(describe),
    secure_connections: connections.filter(({ isSecure }) => isSecure).map(describe),
  }
}

function briefFields(connection: AdminConnection): Fields {
  return {
    remote_socket_address: javaSocketAddress(connection.address, connection.port).slice(1),
    interest_ops: connection.interestOps,
    outstanding_requests: connection.outstandingRequests,
    packets_received: connection.packetsReceived,
    packets_sent: connection.packetsSent,
  }
}

function sessionFields({ session }: AdminConnection): Fields {
  return {
    session_id: session?.sessionId ?? 0,
    last_operation: session?.lastOperation ?? null,
    established: session?.establishedMs ?? 0,
    session_timeout: session?.timeoutMs ?? 0,
    last_cxid: session?.lastCxid ?? 0,
    last_zxid: session?.lastZxid ?? 0,
    last_response_time: session?.lastResponseTimeMs ?? 0,
    last_latency: session?.lastLatencyMs ?? 0,
    min_latency: session?.minLatencyMs ?? 0,
    avg_latency: session?.avgLatencyMs ?? 0,
    max_latency: session?.maxLatencyMs ?? 0,
  }
}

function watchSummaryFields(view: AdminView): Fields {
  const { connectionCount, pathCount, watchCount } = watchSummary(view)
  return { num_connections: connectionCount, num_paths: pathCount, num_total_watches: watchCount }
}
