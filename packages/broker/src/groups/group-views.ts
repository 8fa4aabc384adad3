/** Groups and their offsets as they stand, for those who only look: what the coordinator shows of its live state. */
import type { ClassicGroupState } from './core/classic/classic-group-state.js'

export interface GroupView {
  readonly groupId: string
  readonly state: ClassicGroupState
  readonly memberCount: number
}

export interface CommitView {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly committedOffset: number
}
