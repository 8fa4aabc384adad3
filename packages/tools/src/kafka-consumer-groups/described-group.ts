import type { ConsumerGroupDescription } from '@millrace/client'

/** A partition that a group reads, or has an offset of. */
export interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly currentOffset: number | undefined
  readonly logEndOffset: number
  readonly lag: number | undefined
  /** Undefined, and the next two: no member has it. */
  readonly consumerId: string | undefined
  readonly host: string | undefined
  readonly clientId: string | undefined
}

/** A group that is not there has the state Dead. */
export type DescribedGroup = ConsumerGroupDescription | { readonly groupId: string; readonly state: 'Dead' }
