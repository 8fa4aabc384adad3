import type { AdminView } from './admin-view.js'

/** What `mntr` and `monitor` tell, in the order in which ZooKeeper 3.8 registers it. */
export function monitorValues(view: AdminView): readonly (readonly [name: string, value: string | number])[] {
  const { stats } = view
  const counts = view.counts()
  return [
    ['version', view.version],
    ['server_state', 'standalone'],
    ['avg_latency', stats.latency.avg],
    ['max_latency', stats.latency.max],
    ['min_latency', stats.latency.min],
    ['packets_received', stats.packetsReceived],
    ['packets_sent', stats.packetsSent],
    ['num_alive_connections', counts.connectionCount],
    ['outstanding_requests', counts.outstandingRequests],
    ['uptime', Math.trunc(counts.uptimeMs)],
    ['znode_count', counts.nodeCount],
    ['watch_count', counts.watchCount],
    ['ephemerals_count', counts.ephemeralCount],
    ['approximate_data_size', counts.approximateDataBytes],
    ['global_sessions', counts.sessionCount],
    ['local_sessions', 0],
    ['open_file_descriptor_count', counts.openFileDescriptors],
    ['max_file_descriptor_count', counts.maxFileDescriptors],
    ['last_client_response_size', stats.responseSizes.last],
    ['max_client_response_size', stats.responseSizes.max],
    ['min_client_response_size', stats.responseSizes.min],
    ['auth_failed_count', stats.authFailures],
    ...view.metrics(),
  ]
}
