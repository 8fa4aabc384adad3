import type { ClientConnection } from '../metadata/advertised-listeners.js'
import type { MetadataImage } from '../metadata/metadata-image.js'
import type { BrokerServices } from './services.js'

export interface ReachableBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The live brokers with the addresses they have on the listener that the client came through. */
export function reachableBrokers(
  { brokerId, advertised }: Pick<BrokerServices, 'brokerId' | 'advertised'>,
  image: MetadataImage,
  connection: ClientConnection,
): ReachableBroker[] {
  const reachable: ReachableBroker[] = []
  for (const { id, rack, endpoints } of image.brokers.values()) {
    const endpoint = id === brokerId ? advertised.endpointFor(connection) : endpoints.get(connection.listenerName)
    if (endpoint !== undefined) reachable.push({ nodeId: id, ...endpoint, rack })
  }
  return reachable
}
