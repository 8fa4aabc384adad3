/** `/brokers/ids/<id>`: who a broker is and where it listens (`kafka.zk.BrokerIdZNode`). */
import type { SecurityProtocol } from '../../config/listeners.js'
import { encodeObject, JsonObject, objectText, ZnodeFormatError } from './json.js'
import { brokerIdPath } from './paths.js'

/** Kafka's numbers of the security protocols. */
export const SECURITY_PROTOCOL_ID: Readonly<Record<SecurityProtocol, number>> = {
  PLAINTEXT: 0,
  SSL: 1,
  SASL_PLAINTEXT: 2,
  SASL_SSL: 3,
}

export interface BrokerEndpoint {
  /** Listener name, upper case. */
  readonly listener: string
  readonly host: string
  readonly port: number
  readonly securityProtocol: SecurityProtocol
}

export interface BrokerRegistration {
  readonly id: number
  readonly endpoints: readonly BrokerEndpoint[]
  readonly rack: string | null
}

export interface RegistrationFormat {
  /** 5 from `inter.broker.protocol.version` 2.7 on, 4 below. */
  readonly version: 4 | 5
  /** −1: none. Other brokers refuse a registration without this member. */
  readonly jmxPort: number
  readonly timestampMs: number
}

/** A registration as it was read, whatever its version. */
export interface DecodedRegistration extends BrokerRegistration {
  readonly version: number
  readonly jmxPort: number
}

export function encodeBrokerRegistration(broker: BrokerRegistration, format: RegistrationFormat): Buffer {
  // Clients before listeners read these; they speak nothing but PLAINTEXT.
  const plaintext = broker.endpoints.find((endpoint) => endpoint.securityProtocol === 'PLAINTEXT')
  const protocolMap = broker.endpoints.map(
    ({ listener, securityProtocol }) => [listener, JSON.stringify(securityProtocol)] as const,
  )
  return encodeObject([
    ...(format.version >= 5 ? [['features', '{}'] as const] : []),
    ['listener_security_protocol_map', objectText(protocolMap)],
    ['endpoints', JSON.stringify(broker.endpoints.map(connectionString))],
    ...(broker.rack === null ? [] : [['rack', JSON.stringify(broker.rack)] as const]),
    ['jmx_port', String(format.jmxPort)],
    ['port', String(plaintext?.port ?? -1)],
    ['host', JSON.stringify(plaintext?.host ?? null)],
    ['version', String(format.version)],
    ['timestamp', JSON.stringify(String(format.timestampMs))],
  ])
}

function connectionString({ listener, host, port }: BrokerEndpoint): string {
  return `${listener}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

export function decodeBrokerRegistration(id: number, data: Buffer | null): DecodedRegistration {
  const path = brokerIdPath(id)
  const json = JsonObject.parse(path, data)
  const version = json.int('version')
  if (version < 1) throw new ZnodeFormatError(path, `unsupported version ${version}`)
  return {
    id,
    version,
    jmxPort: json.int('jmx_port'),
    rack: json.optionalString('rack') ?? null,
    endpoints: version === 1 ? [onlyEndpoint(json)] : endpointsOf(path, json),
  }
}

function onlyEndpoint(json: JsonObject): BrokerEndpoint {
  return {
    listener: 'PLAINTEXT',
    host: json.string('host'),
    port: json.int('port'),
    securityProtocol: 'PLAINTEXT',
  }
}

function endpointsOf(path: string, json: JsonObject): readonly BrokerEndpoint[] {
  const protocols = json.optionalObject('listener_security_protocol_map')
  return json.strings('endpoints').map((text) => {
    // PLAINTEXT://host:9092, SSL://[::1]:9093, CLIENT://:9092 (no host: all interfaces).
    const match = /^([^:]+):\/\/(?:\[([^\]]*)\]|([^:]*)):(-?\d+)$/.exec(text)
    if (match === null) throw new ZnodeFormatError(path, `malformed endpoint ${text}`)
    const [, name = '', ipv6, host = '', port] = match
    const listener = name.toUpperCase()
    // Without a map (version 2 and 3) listeners are named for their protocols.
    const protocol = protocols === undefined ? listener : (protocols.optionalString(name) ?? '')
    if (!isSecurityProtocol(protocol)) throw new ZnodeFormatError(path, `listener ${name} has no security protocol`)
    return { listener, host: ipv6 ?? host, port: Number(port), securityProtocol: protocol }
  })
}

function isSecurityProtocol(name: string): name is SecurityProtocol {
  return Object.hasOwn(SECURITY_PROTOCOL_ID, name)
}
