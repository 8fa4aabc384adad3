/**
 * States of a classic group. `Dead` has no object: it is what an unknown group is described as.
 *
 * ```
 *            join of a new member          all joined, or rebalance timeout
 *   Empty ──────────────────────► Preparing ──────────────────────► Completing ──────────► Stable
 *     ▲                           Rebalance ◄──────────────────────  Rebalance   leader's    │
 *     │                             │   ▲     join, leave, failure               sync,       │
 *     └─────────────────────────────┘   │                                        replayed    │
 *        nobody left at the end         └────────────────────────────────────────────────────┘
 *                                          join with new metadata, leader's join, leave, failure
 * ```
 *
 * | request     | Empty             | PreparingRebalance      | CompletingRebalance     | Stable              |
 * |-------------|-------------------|-------------------------|-------------------------|---------------------|
 * | JoinGroup   | starts rebalance  | parked                  | same metadata: answered | follower, same      |
 * |             |                   |                         | else rebalance          | metadata: answered  |
 * | SyncGroup   | UNKNOWN_MEMBER_ID | REBALANCE_IN_PROGRESS   | parked                  | assignment          |
 * | Heartbeat   | UNKNOWN_MEMBER_ID | REBALANCE_IN_PROGRESS,  | NONE, session refreshed | NONE, refreshed     |
 * |             |                   | session refreshed       |                         |                     |
 * | OffsetCommit| generation −1     | generation checked      | REBALANCE_IN_PROGRESS   | generation checked  |
 */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** What DescribeGroups shows for a group that does not exist. */
export const DEAD = 'Dead'

const VALID_PREVIOUS_STATES: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

export function canTransition(from: ClassicGroupState, to: ClassicGroupState): boolean {
  return VALID_PREVIOUS_STATES[to].includes(from)
}
