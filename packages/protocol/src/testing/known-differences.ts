import type { Difference } from './compare-definitions.js'

interface KnownDifference {
  readonly message: string
  readonly path: string
  readonly property: string
  readonly reason: string
}

const NAME_OR_ID = 'Ignorable since topic ids took the place of names; older releases have no such version.'

/** Where our schemas differ from a release of Kafka on purpose. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  { message: 'ProduceRequest', path: 'topicData.name', property: 'ignorable', reason: NAME_OR_ID },
  { message: 'ProduceResponse', path: 'responses.name', property: 'ignorable', reason: NAME_OR_ID },
  { message: 'OffsetCommitRequest', path: 'topics.name', property: 'ignorable', reason: NAME_OR_ID },
  { message: 'OffsetCommitResponse', path: 'topics.name', property: 'ignorable', reason: NAME_OR_ID },
  { message: 'OffsetFetchRequest', path: 'groups.topics.name', property: 'ignorable', reason: NAME_OR_ID },
  { message: 'OffsetFetchResponse', path: 'groups.topics.name', property: 'ignorable', reason: NAME_OR_ID },
  {
    message: 'UpdateFeaturesResponse',
    path: 'results',
    property: 'ignorable',
    reason: 'Ignorable since version 2 went without the field; 3.9 has no such version.',
  },
  {
    message: 'OffsetCommitValue',
    path: 'topicId',
    property: 'presence',
    reason: 'A tagged field that version 4 was given after 3.9.',
  },
  ...['previousProducerId', 'nextProducerId', 'nextProducerEpoch', 'clientTransactionVersion'].map((path) => ({
    message: 'TransactionLogValue',
    path,
    property: 'presence',
    reason: 'A tagged field that version 1 was given after 3.9.',
  })),
  ...(
    [
      ['ConsumerGroupCurrentMemberAssignmentValue', 'assignedPartitions.assignmentEpochs'],
      ['ConsumerGroupCurrentMemberAssignmentValue', 'partitionsPendingRevocation.assignmentEpochs'],
      ['ConsumerGroupMetadataValue', 'metadataHash'],
      ['ConsumerGroupTargetAssignmentMetadataValue', 'assignmentTimestamp'],
    ] as const
  ).map(([message, path]) => ({
    message,
    path,
    property: 'presence',
    reason: 'A tagged field of 4.x: passed over when such a record is shown.',
  })),
  {
    message: 'ConsumerGroupMemberMetadataValue',
    path: 'classicMemberMetadata',
    property: 'default',
    reason: 'Kafka writes null as its default without quotation marks.',
  },
  {
    message: 'RequestHeader',
    path: 'clientId',
    property: 'ignorable',
    reason: 'Kafka 4 has no header v0 any more, the only version without the field.',
  },
]

/** The differences that nobody has explained. */
export function unexplained(differences: readonly Difference[]): Difference[] {
  return differences.filter(
    ({ message, path, property }) =>
      !KNOWN_DIFFERENCES.some(
        (known) => known.message === message && known.path === path && known.property === property,
      ),
  )
}
