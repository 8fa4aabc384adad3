/**
 * Where replicas of a topic would be put (`AdminUtils.assignReplicasToBrokers`): leaders go round the brokers, and the others
 * are a growing number of brokers further, in racks that have none yet if there are racks. Pure.
 */
import { ToolError } from '../command-line/tool.js'

export interface PlacementBroker {
  readonly id: number
  readonly rack: string | undefined
}

export interface Placement {
  readonly partitionCount: number
  readonly replicationFactor: number
  /** Where to begin, and how far the second replicas are from the first; each below the number of brokers. */
  readonly startIndex: number
  readonly replicaShift: number
}

/** The brokers of each partition, leader first. Errors: ToolError. */
export function placeReplicas(
  brokers: readonly PlacementBroker[],
  placement: Placement,
): readonly (readonly number[])[] {
  const { partitionCount, replicationFactor, startIndex } = placement
  if (replicationFactor > brokers.length) {
    throw new ToolError(`Replication factor: ${replicationFactor} larger than available brokers: ${brokers.length}.`)
  }
  const isRackAware = brokers.some(({ rack }) => rack !== undefined)
  const ring = isRackAware ? alternatingRacks(brokers) : brokers
  const rackCount = new Set(ring.map(({ rack }) => rack)).size
  let shift = placement.replicaShift
  return Array.from({ length: partitionCount }, (_, partition) => {
    if (partition > 0 && partition % ring.length === 0) shift++
    const first = (partition + startIndex) % ring.length
    const chosen = [at(ring, first)]
    for (let step = 0; chosen.length < replicationFactor; step++) {
      const broker = at(ring, nextIndex(first, (isRackAware ? shift * rackCount : shift) + step, ring.length))
      if (!isRackAware || isWelcome(broker, chosen, rackCount)) chosen.push(broker)
    }
    return chosen.map(({ id }) => id)
  })
}

function at(ring: readonly PlacementBroker[], index: number): PlacementBroker {
  const broker = ring[index]
  if (broker === undefined) throw new RangeError(`no broker ${index}`)
  return broker
}

function nextIndex(first: number, shift: number, count: number): number {
  return (first + 1 + (shift % (count - 1))) % count
}

/** No rack gets a second replica before all have one, and no broker at all. */
function isWelcome(broker: PlacementBroker, chosen: readonly PlacementBroker[], rackCount: number): boolean {
  if (chosen.includes(broker)) return false
  const racks = new Set(chosen.map(({ rack }) => rack))
  return !racks.has(broker.rack) || racks.size === rackCount
}

/** The first brokers of all racks, then the second ones … */
export function alternatingRacks(brokers: readonly PlacementBroker[]): readonly PlacementBroker[] {
  const byRack = new Map<string, PlacementBroker[]>()
  for (const broker of [...brokers].sort((a, b) => a.id - b.id)) {
    const rack = broker.rack ?? ''
    byRack.set(rack, [...(byRack.get(rack) ?? []), broker])
  }
  const racks = [...byRack].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members)
  const rounds = Math.max(0, ...racks.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) => racks.flatMap((members) => members[round] ?? [])).flat()
}
