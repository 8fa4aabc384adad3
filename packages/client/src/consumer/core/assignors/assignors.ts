/** The assignors that `partition.assignment.strategy` can name. */
import type { ConsumerPartitionAssignor, RebalanceProtocol } from './assignor.js'
import { rangeAssignor } from './range.js'
import { roundRobinAssignor } from './round-robin.js'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky.js'

export const ASSIGNOR_NAMES = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const
export type AssignorName = (typeof ASSIGNOR_NAMES)[number]

const FACTORIES: Readonly<Record<AssignorName, () => ConsumerPartitionAssignor>> = {
  range: () => rangeAssignor,
  roundrobin: () => roundRobinAssignor,
  sticky: stickyAssignor,
  'cooperative-sticky': cooperativeStickyAssignor,
}

const JAVA_PACKAGE = 'org.apache.kafka.clients.consumer.'
const JAVA_CLASSES: Readonly<Record<string, AssignorName>> = {
  RangeAssignor: 'range',
  RoundRobinAssignor: 'roundrobin',
  StickyAssignor: 'sticky',
  CooperativeStickyAssignor: 'cooperative-sticky',
}

/** A new one of that name, which may be that of its Java class; undefined: there is none. */
export function assignorOf(name: string): ConsumerPartitionAssignor | undefined {
  const known = JAVA_CLASSES[name.startsWith(JAVA_PACKAGE) ? name.slice(JAVA_PACKAGE.length) : name] ?? name
  return known in FACTORIES ? FACTORIES[known as AssignorName]() : undefined
}

/**
 * What all of these assignors can do, cooperative if possible: members with different assignors in common must still
 * understand each other, so the configured list decides, not the one that the group picks.
 */
export function commonProtocol(assignors: readonly ConsumerPartitionAssignor[]): RebalanceProtocol | undefined {
  const supports = (protocol: RebalanceProtocol) =>
    assignors.every(({ protocols = ['eager'] }) => protocols.includes(protocol))
  if (supports('cooperative')) return 'cooperative'
  return supports('eager') ? 'eager' : undefined
}
