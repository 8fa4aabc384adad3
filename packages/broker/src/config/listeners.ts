/** Reads `listeners`, `advertised.listeners` and `listener.security.protocol.map` (Kafka: EndPoint, SocketServerConfigs). */

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface Listener {
  /** Upper case, unique. */
  readonly name: string
  /** Empty: all interfaces. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly securityProtocol: SecurityProtocol
}

export type ParsedListeners = { readonly listeners: readonly Listener[] } | { readonly mistake: string }

const uri = /^([^:/\s]+):\/\/(?:\[([^\]]*)\]|([^[\]:]*)):(\d+)$/
const securityProtocols: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

export function parseListeners(text: string, protocolMap: string): ParsedListeners {
  const protocols = parseProtocolMap(protocolMap)
  if (typeof protocols === 'string') return { mistake: protocols }
  const listeners: Listener[] = []
  for (const item of text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const [, rawName, ipv6, plainHost, portText] = uri.exec(item) ?? []
    if (rawName === undefined) return { mistake: `${item} is not of the form NAME://host:port` }
    const name = rawName.toUpperCase()
    const port = Number(portText)
    const securityProtocol = protocols.get(name)
    if (port > 65535) return { mistake: `${item} has no valid port` }
    if (securityProtocol === undefined) {
      return { mistake: `No security protocol defined for listener ${name} in listener.security.protocol.map` }
    }
    listeners.push({ name, host: ipv6 ?? plainHost ?? '', port, securityProtocol })
  }
  return { listeners }
}

function parseProtocolMap(text: string): Map<string, SecurityProtocol> | string {
  const protocols = new Map<string, SecurityProtocol>()
  for (const item of text.split(',').filter((part) => part.trim() !== '')) {
    const [name, protocol] = item.split(':').map((part) => part.trim().toUpperCase())
    if (name === undefined || protocol === undefined || !securityProtocols.includes(protocol)) {
      return `${item.trim()} in listener.security.protocol.map is not of the form NAME:PROTOCOL`
    }
    protocols.set(name, protocol as SecurityProtocol)
  }
  return protocols
}

/** What is wrong with a set of listeners, each as a sentence without the key's name. */
export function listenerMistakes(listeners: readonly Listener[]): string[] {
  const mistakes: string[] = []
  if (listeners.length === 0) mistakes.push('must name at least one listener')
  const names = new Set<string>()
  const ports = new Set<string>()
  for (const { name, host, port, securityProtocol } of listeners) {
    if (names.has(name)) mistakes.push(`names the listener ${name} twice`)
    names.add(name)
    const address = `${host}:${port}`
    if (port !== 0 && ports.has(address)) mistakes.push(`uses the address ${address} twice`)
    ports.add(address)
    if (securityProtocol !== 'PLAINTEXT') {
      mistakes.push(`asks for ${securityProtocol} on ${name}, which is not supported yet: only PLAINTEXT listeners are`)
    }
  }
  return mistakes
}

export function advertisedMistakes(advertised: readonly Listener[], listeners: readonly Listener[]): string[] {
  const mistakes: string[] = []
  const names = new Set<string>()
  for (const { name, host } of advertised) {
    if (names.has(name)) mistakes.push(`names the listener ${name} twice`)
    names.add(name)
    if (isWildcard(host)) {
      mistakes.push(
        `must name an address that clients can reach for ${name}, not ${host === '' ? 'an empty one' : host}`,
      )
    }
    if (!listeners.some((listener) => listener.name === name)) mistakes.push(`names ${name}, which is not in listeners`)
  }
  return mistakes
}

/** A host that means all interfaces, in any spelling: empty, 0.0.0.0, ::, 0:0:0:0:0:0:0:0. */
export function isWildcard(host: string): boolean {
  return host === '' || /^(?:0+\.){3}0+$/.test(host) || (host.includes(':') && /^[0:]+$/.test(host))
}
