/**
 * Which brokers hold the replicas of new partitions (`org.apache.kafka.admin.AdminUtils`).
 *
 * First replicas go round the brokers. The others follow at a distance that grows by one with every round, so that the
 * partitions of one broker spread their followers over all the others. With racks, brokers are taken from the racks in
 * turn, and a partition gets a second replica in a rack only when every rack has one.
 */
import assert from 'node:assert'

export interface PlacementBroker {
  readonly id: number
  readonly rack: string | undefined
}

export interface PlacementRequest {
  /** Sorted by id. All with racks, or racks are not regarded; see `racksAreMixed`. */
  readonly brokers: readonly PlacementBroker[]
  readonly partitionCount: number
  /** 1 to the number of brokers. */
  readonly replicationFactor: number
  /** Place of the broker that leads partition 0; any broker's, chosen at random for a new topic. */
  readonly startIndex: number
  /** Distance of the second replica in the first round; default `startIndex`. */
  readonly replicaShift?: number
  /** First partition to place: the number there are, when partitions are added. */
  readonly startPartition: number
}

/** True if some brokers have a rack and others have none: then no placement can be aware of racks. */
export function racksAreMixed(brokers: readonly PlacementBroker[]): boolean {
  const withRack = brokers.filter((broker) => broker.rack !== undefined).length
  return withRack > 0 && withRack < brokers.length
}

/** Replicas of each partition from `startPartition` on, the preferred leader first. */
export function assignReplicas(request: PlacementRequest): readonly (readonly number[])[] {
  const { partitionCount, replicationFactor, startPartition } = request
  assert(partitionCount > 0, 'at least one partition')
  assert(replicationFactor > 0 && replicationFactor <= request.brokers.length, 'enough brokers')
  const isRackAware = request.brokers.every((broker) => broker.rack !== undefined)
  const brokers = isRackAware ? rackAlternated(request.brokers) : request.brokers
  const assignments: (readonly number[])[] = []
  let replicaShift = request.replicaShift ?? request.startIndex
  for (let partition = startPartition; partition < startPartition + partitionCount; partition++) {
    if (partition > 0 && partition % brokers.length === 0) replicaShift++
    const first = (partition + request.startIndex) % brokers.length
    const place = { brokers, first, replicaShift, replicationFactor }
    assignments.push(isRackAware ? replicasAcrossRacks(place) : replicasInARow(place))
  }
  return assignments
}

interface Place {
  readonly brokers: readonly PlacementBroker[]
  readonly first: number
  readonly replicaShift: number
  readonly replicationFactor: number
}

function replicasInARow({ brokers, first, replicaShift, replicationFactor }: Place): readonly number[] {
  const followers = Array.from({ length: replicationFactor - 1 }, (_, index) =>
    brokerIdAt(brokers, followerIndex(first, replicaShift + index, brokers.length)),
  )
  return [brokerIdAt(brokers, first), ...followers]
}

function replicasAcrossRacks({ brokers, first, replicaShift, replicationFactor }: Place): readonly number[] {
  const rackCount = new Set(brokers.map((broker) => broker.rack)).size
  const leader = brokers[first]
  assert(leader !== undefined)
  const replicas = [leader.id]
  const racks = new Set([leader.rack])
  // Every broker comes up once in a round, so the search ends: there are at least as many as replicas.
  for (let step = 0; replicas.length < replicationFactor; step++) {
    const broker = brokers[followerIndex(first, replicaShift * rackCount + step, brokers.length)]
    assert(broker !== undefined)
    if (replicas.includes(broker.id)) continue
    if (racks.has(broker.rack) && racks.size < rackCount) continue
    replicas.push(broker.id)
    racks.add(broker.rack)
  }
  return replicas
}

/** Never the leader's own place. */
function followerIndex(first: number, shift: number, brokerCount: number): number {
  return (first + 1 + (shift % (brokerCount - 1))) % brokerCount
}

function brokerIdAt(brokers: readonly PlacementBroker[], index: number): number {
  const broker = brokers[index]
  assert(broker !== undefined)
  return broker.id
}

/** One broker of each rack in turn, racks in the order of their names, a rack's brokers in the order of their ids. */
export function rackAlternated(brokers: readonly PlacementBroker[]): readonly PlacementBroker[] {
  const byRack = new Map<string, PlacementBroker[]>()
  for (const broker of [...brokers].sort((a, b) => a.id - b.id)) {
    const rack = broker.rack ?? ''
    const group = byRack.get(rack)
    if (group === undefined) byRack.set(rack, [broker])
    else group.push(broker)
  }
  const racks = [...byRack.keys()].sort().map((rack) => byRack.get(rack) ?? [])
  const alternated: PlacementBroker[] = []
  for (let round = 0; alternated.length < brokers.length; round++) {
    for (const group of racks) {
      const broker = group[round]
      if (broker !== undefined) alternated.push(broker)
    }
  }
  return alternated
}
