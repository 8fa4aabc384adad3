import { ErrorCode } from '@millrace/protocol'
import type { MetadataImage } from '../metadata/metadata-image.js'

interface NamedPartitions<P> {
  readonly name: string
  readonly partitions: readonly P[]
}

export interface SplitPartitions<P> {
  readonly known: NamedPartitions<P>[]
  /** Answered with UNKNOWN_TOPIC_OR_PARTITION without asking the coordinator. */
  readonly unknown: NamedPartitions<{ readonly partitionIndex: number; readonly errorCode: number }>[]
}

/** Parts the partitions that exist from those that do not. */
export function splitByExistence<P extends { readonly partitionIndex: number }>(
  image: MetadataImage,
  topics: readonly NamedPartitions<P>[],
): SplitPartitions<P> {
  const split: SplitPartitions<P> = { known: [], unknown: [] }
  for (const { name, partitions } of topics) {
    const exists = ({ partitionIndex }: P) => image.partition(name, partitionIndex) !== undefined
    const known = partitions.filter(exists)
    const unknown = partitions
      .filter((partition) => !exists(partition))
      .map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }))
    if (known.length > 0) split.known.push({ name, partitions: known })
    if (unknown.length > 0) split.unknown.push({ name, partitions: unknown })
  }
  return split
}
