import type { SocketServerLimits } from '../network/socket-server.js'
import type { BrokerConfig } from './broker-config.js'

/** The limits of connections as they are now: most of them are dynamic. */
export function connectionLimitsOf(config: BrokerConfig): SocketServerLimits {
  const perAddress = config.get('max.connections.per.ip')
  const overrides = parseOverrides(config.get('max.connections.per.ip.overrides'))
  return {
    maxFrameBytes: config.get('socket.request.max.bytes'),
    maxConnections: config.get('max.connections'),
    maxConnectionsOf: (address) => overrides.get(address.replace(/^::ffff:(?=\d+\.)/, '')) ?? perAddress,
    maxIdleMs: config.get('connections.max.idle.ms'),
  }
}

/** `address:count`, comma-separated; the address may be IPv6. */
function parseOverrides(text: string): ReadonlyMap<string, number> {
  const overrides = new Map<string, number>()
  for (const item of text.split(',')) {
    const [, address, count] = /^(.+):(\d+)$/.exec(item.trim()) ?? []
    if (address !== undefined) overrides.set(address, Number(count))
  }
  return overrides
}
