/**
 * The addresses of this broker's listeners: where they are bound, what clients are told, what is registered.
 *
 * `advertised.listeners` or a listener's own host counts. On all interfaces a client is told the address that it
 * connected to, which it can reach for certain.
 */
import type { BrokerConfig } from '../config/broker-config.js'
import { isWildcard, type Listener, parseListeners } from '../config/listeners.js'
import type { BrokerEndpoint } from './metadata-image.js'
import type { BrokerEndpoint as RegisteredEndpoint } from './znodes/broker-registration.js'

export interface ClientConnection {
  readonly listenerName: string
  /** As it may be told to a client. */
  readonly localAddress: string
  readonly localPort: number
}

/** A listener with the port that the system chose. */
export interface BoundPort {
  readonly name: string
  readonly port: number
}

/** The listeners of a configuration that was checked before. */
export function listenersOf(config: BrokerConfig): readonly Listener[] {
  return parsed(config.get('listeners'), config)
}

/** The listener on which brokers talk to each other: named, or the first of the inter-broker security protocol. */
export function interBrokerListenerOf(config: BrokerConfig): string {
  const protocol = config.get('security.inter.broker.protocol')
  const first = listenersOf(config).find(({ securityProtocol }) => securityProtocol === protocol)
  return config.get('inter.broker.listener.name')?.toUpperCase() ?? first?.name ?? protocol
}

export class AdvertisedListeners {
  readonly #listeners: readonly Listener[]
  readonly #fixed: ReadonlyMap<string, BrokerEndpoint>
  readonly #hostname: string

  /** `hostname` stands in the registration for a listener on all interfaces. */
  constructor(config: BrokerConfig, bound: readonly BoundPort[], hostname: string) {
    const advertisedText = config.get('advertised.listeners')
    const advertised = advertisedText === null ? [] : parsed(advertisedText, config)
    const portOf = (name: string) => bound.find((listener) => listener.name === name)?.port ?? 0
    this.#listeners = listenersOf(config).map((listener) => ({ ...listener, port: portOf(listener.name) }))
    this.#hostname = hostname
    const fixed = new Map<string, BrokerEndpoint>()
    for (const { name, host, port } of this.#listeners) if (!isWildcard(host)) fixed.set(name, { host, port })
    for (const { name, host, port } of advertised) fixed.set(name, { host, port: port === 0 ? portOf(name) : port })
    this.#fixed = fixed
  }

  /** What a client is told that came through this connection. */
  endpointFor({ listenerName, localAddress, localPort }: ClientConnection): BrokerEndpoint {
    return this.#fixed.get(listenerName) ?? { host: localAddress, port: localPort }
  }

  /** What stands in the broker's registration. */
  registered(): RegisteredEndpoint[] {
    return this.#listeners.map(({ name, port, securityProtocol }) => ({
      listener: name,
      securityProtocol,
      ...(this.#fixed.get(name) ?? { host: this.#hostname, port }),
    }))
  }
}

function parsed(text: string, config: BrokerConfig): readonly Listener[] {
  const result = parseListeners(text, config.get('listener.security.protocol.map'))
  return 'listeners' in result ? result.listeners : []
}
