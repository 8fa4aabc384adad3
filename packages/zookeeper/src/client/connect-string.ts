import { isValidPath } from '../core/path.js'

/** A connect string is no list of hosts with an optional chroot. */
export class ConnectStringError extends Error {
  override readonly name = 'ConnectStringError'
  readonly code = 'BADARGUMENTS'
}

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 2181

/**
 * `host1:2181,host2,[::1]:2183/chroot`: servers of one ensemble and the root of all paths
 * (`org.apache.zookeeper.client.ConnectStringParser`). Errors: ConnectStringError.
 */
export function parseConnectString(text: string): {
  readonly servers: readonly ServerAddress[]
  /** `/` if there is none. */
  readonly chroot: string
} {
  const slash = text.indexOf('/')
  const hosts = slash === -1 ? text : text.slice(0, slash)
  const chroot = slash === -1 ? '/' : text.slice(slash)
  if (!isValidPath(chroot)) throw new ConnectStringError(`${chroot} is not a path that a chroot may have`)
  const servers = hosts.split(',').flatMap((host) => (host.trim() === '' ? [] : [parseAddress(host.trim())]))
  if (servers.length === 0) throw new ConnectStringError(`${JSON.stringify(text)} names no server`)
  return { servers, chroot }
}

function parseAddress(text: string): ServerAddress {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(text)
  const host = match?.groups?.['v6'] ?? match?.groups?.['name']
  const port = Number(match?.groups?.['port'] ?? DEFAULT_PORT)
  if (host === undefined || port < 1 || port > 65_535) throw new ConnectStringError(`${text} is not host:port`)
  return { host, port }
}
