/** Settings of classic groups and offsets; the comment of each is its configuration key and Kafka's default. */
export interface GroupConfig {
  /** `group.min.session.timeout.ms`, 6000 */
  readonly groupMinSessionTimeoutMs: number
  /** `group.max.session.timeout.ms`, 1800000 */
  readonly groupMaxSessionTimeoutMs: number
  /** `group.initial.rebalance.delay.ms`, 3000 */
  readonly groupInitialRebalanceDelayMs: number
  /** `group.max.size`, 2147483647 */
  readonly groupMaxSize: number
  /** `offsets.retention.minutes`, 10080 */
  readonly offsetsRetentionMinutes: number
  /** `offset.metadata.max.bytes`, 4096 */
  readonly offsetMetadataMaxBytes: number
}

/**
 * How long a new member's JoinGroup may stay parked. Such a member has no id yet and cannot send heartbeats, and a
 * parked request does not show that its client went away.
 */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
