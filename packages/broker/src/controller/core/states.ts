/**
 * The controller's two state machines as tables.
 *
 *     partition:  NonExistent → New → Online ⇄ Offline → NonExistent
 *     replica:    NonExistent → New → Online ⇄ Offline → DeletionStarted → DeletionSuccessful → NonExistent
 *                 Offline, DeletionStarted → DeletionIneligible → Online, Offline
 */

/**
 * - `NonExistent`: never created, or deleted.
 * - `New`: has replicas, but no leader and no state in ZooKeeper yet.
 * - `Online`: has a leader.
 * - `Offline`: had a leader that died, or is being deleted.
 */
export type PartitionMachineState = 'NonExistent' | 'New' | 'Online' | 'Offline'

/**
 * - `New`: assigned, told to become a follower only.
 * - `Online`: its broker lives and knows of it.
 * - `Offline`: its broker or log directory is gone, or it is about to be deleted.
 * - `DeletionStarted`: its broker was told to delete it.
 * - `DeletionSuccessful`: its broker said that it did.
 * - `DeletionIneligible`: deletion failed or cannot begin; tried again when the broker is back.
 */
export type ReplicaMachineState =
  | 'NonExistent'
  | 'New'
  | 'Online'
  | 'Offline'
  | 'DeletionStarted'
  | 'DeletionSuccessful'
  | 'DeletionIneligible'

/** From which states each state may be entered. */
export const PARTITION_STATE_ENTERED_FROM: Readonly<Record<PartitionMachineState, readonly PartitionMachineState[]>> = {
  New: ['NonExistent'],
  Online: ['New', 'Online', 'Offline'],
  Offline: ['New', 'Online', 'Offline'],
  NonExistent: ['Offline'],
}

/** From which states each state may be entered. */
export const REPLICA_STATE_ENTERED_FROM: Readonly<Record<ReplicaMachineState, readonly ReplicaMachineState[]>> = {
  New: ['NonExistent'],
  Online: ['New', 'Online', 'Offline', 'DeletionIneligible'],
  Offline: ['New', 'Online', 'Offline', 'DeletionIneligible'],
  DeletionStarted: ['Offline'],
  DeletionSuccessful: ['DeletionStarted'],
  DeletionIneligible: ['Offline', 'DeletionStarted'],
  NonExistent: ['DeletionSuccessful'],
}
