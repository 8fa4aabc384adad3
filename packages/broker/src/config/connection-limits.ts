import { openFilesLimit } from '@millrace/log'
import type { SocketServerLimits } from '../network/socket-server.js'
import type { BrokerConfig } from './broker-config.js'
import { parseConnectionOverrides } from './connection-overrides.js'

/** For the store, the terminal, health checks. */
const otherFiles = 32

/**
 * The limits of connections as they are now: most of them are dynamic. `maxOpenFiles` is the process's: logs keep up to
 * half of it, and connections must not take that from them, or nothing could be written any more.
 */
export function connectionLimitsOf(config: BrokerConfig, maxOpenFiles = openFilesLimit()): SocketServerLimits {
  const perAddress = config.get('max.connections.per.ip')
  const overrides = parseConnectionOverrides(config.get('max.connections.per.ip.overrides'))
  const queuedBytes = config.get('queued.max.request.bytes')
  return {
    maxFrameBytes: config.get('socket.request.max.bytes'),
    ...(queuedBytes > 0 ? { maxQueuedBytes: queuedBytes } : {}),
    maxConnections: Math.min(config.get('max.connections'), Math.max(1, Math.floor(maxOpenFiles / 2) - otherFiles)),
    maxConnectionsOf: (address) => overrides?.get(address) ?? perAddress,
    maxIdleMs: config.get('connections.max.idle.ms'),
  }
}
