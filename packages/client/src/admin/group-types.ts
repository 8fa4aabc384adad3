/** Kafka's names for kinds and states of groups. */

/** The protocols that a group's members can speak. */
export type GroupType = 'Classic' | 'Consumer' | 'Share' | 'Streams' | 'Unknown'

/** As brokers spell them. */
export type GroupState =
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Stable'
  | 'Dead'
  | 'Empty'
  | 'Assigning'
  | 'Reconciling'
  | 'NotReady'
  | 'Unknown'

const GROUP_TYPES: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams']
const GROUP_STATES: readonly GroupState[] = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
  'NotReady',
]

export function groupState(text: string): GroupState {
  return GROUP_STATES.find((state) => state.toLowerCase() === text.toLowerCase()) ?? 'Unknown'
}

/** Brokers that know of no types have classic groups only. */
export function groupTypeOf(text: string): GroupType {
  if (text === '') return 'Classic'
  return GROUP_TYPES.find((type) => type.toLowerCase() === text.toLowerCase()) ?? 'Unknown'
}
