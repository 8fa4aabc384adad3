// What tshark 4.0 calls malformed and is not: the same messages are so for it when Apache's clients and brokers send
// them (`--against apache-4.x` finds exactly these). Versions that it says it does not know are left out beforehand.
const bytes = 'it takes the bytes of a member for absent, and stumbles over them'
const replicas = 'it stumbles over replicas that are assigned by hand'

/** By API and kind of message: up to which version, why, and where only one broker sends such, which. */
export const excused = {
  'JoinGroup request': { upTo: 5, why: bytes },
  'JoinGroup response': { upTo: 5, why: bytes },
  'SyncGroup request': { upTo: 3, why: bytes },
  'SyncGroup response': { upTo: 3, why: bytes },
  'DescribeGroups response': { upTo: 4, why: bytes },
  'CreateTopics request': { upTo: 5, why: replicas },
  'CreatePartitions request': { upTo: 2, why: replicas },
  'ListPartitionReassignments request': { upTo: 0, why: 'it does not read the list of topics as a compact one' },
  'DeleteTopics response': { upTo: 2, why: 'it does not know that the throttle time comes first' },
  'ApiVersions response': { upTo: 3, broker: 'apache-4.x', why: 'it stumbles over tagged fields, the features' },
}
