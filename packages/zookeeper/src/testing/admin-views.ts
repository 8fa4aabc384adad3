import type { AdminConnection, AdminConnectionSession, AdminCounts, AdminView } from '../server/admin/admin-view.js'
import { ServerStats } from '../server/admin/server-stats.js'

const counts: AdminCounts = {
  lastZxid: 0n,
  nodeCount: 5,
  ephemeralCount: 0,
  watchCount: 0,
  sessionCount: 0,
  connectionCount: 0,
  outstandingRequests: 0,
  approximateDataBytes: 44,
  uptimeMs: 1000,
  openFileDescriptors: 20,
  maxFileDescriptors: 1024,
}

/** A server that serves and has nothing in it but what a test gives it. */
export function adminView(
  given: Partial<Omit<AdminView, 'counts'>> & { counts?: Partial<AdminCounts> } = {},
): AdminView {
  const { counts: givenCounts, ...others } = given
  return {
    version: '3.8.4-test',
    isServing: true,
    stats: new ServerStats(),
    configuration: {
      clientPort: 2181,
      secureClientPort: -1,
      dataDir: '/data/zookeeper/version-2',
      dataLogDir: '/logs/zookeeper/version-2',
      tickTimeMs: 3000,
      maxClientCnxns: 60,
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 60_000,
      clientPortListenBacklog: -1,
      serverId: 0,
    },
    environment: () => [],
    counts: () => ({ ...counts, ...givenCounts }),
    directorySizes: () => ({ dataDirBytes: 424, dataLogDirBytes: 67_108_880 }),
    connections: () => [],
    sessions: () => [],
    ephemerals: () => new Map(),
    watches: () => new Map(),
    metrics: () => [],
    resetConnectionStats: () => {},
    ...others,
  }
}

export function adminConnection(given: Partial<AdminConnection> = {}): AdminConnection {
  return {
    address: '127.0.0.1',
    port: 50_000,
    isSecure: false,
    interestOps: 1,
    outstandingRequests: 0,
    packetsReceived: 3,
    packetsSent: 2,
    expiresAtMs: 0,
    ...given,
  }
}

export function adminSession(given: Partial<AdminConnectionSession> = {}): AdminConnectionSession {
  return {
    sessionId: 0x100001234560000n,
    timeoutMs: 30_000,
    establishedMs: 1_700_000_000_000,
    lastOperation: 'GETD',
    lastCxid: 2,
    lastZxid: 0x2an,
    lastResponseTimeMs: 1_700_000_001_000,
    lastLatencyMs: 1,
    minLatencyMs: 0,
    avgLatencyMs: 2,
    maxLatencyMs: 7,
    ...given,
  }
}
