import type { SocketServerLimits } from '../network/socket-server.js'
import type { BrokerConfig } from './broker-config.js'
import { parseConnectionOverrides } from './connection-overrides.js'

/** The limits of connections as they are now: most of them are dynamic. */
export function connectionLimitsOf(config: BrokerConfig): SocketServerLimits {
  const perAddress = config.get('max.connections.per.ip')
  const overrides = parseConnectionOverrides(config.get('max.connections.per.ip.overrides'))
  const queuedBytes = config.get('queued.max.request.bytes')
  return {
    maxFrameBytes: config.get('socket.request.max.bytes'),
    ...(queuedBytes > 0 ? { maxQueuedBytes: queuedBytes } : {}),
    maxConnections: config.get('max.connections'),
    maxConnectionsOf: (address) => overrides?.get(address) ?? perAddress,
    maxIdleMs: config.get('connections.max.idle.ms'),
  }
}
