import { array, bytes, type Infer, int32, string, struct } from '../schema/fields.js'
import { message } from '../schema/message.js'

/**
 * What a consumer tells the leader of its group: the `metadata` of JoinGroup for the protocol type `consumer`.
 * Read newer versions with `acceptNewer`, as Kafka does.
 */
export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  schema: struct({
    topics: array(string()),
    userData: bytes({ nullable: true, default: null }),
    ownedPartitions: array(struct({ topic: string({ mapKey: true }), partitions: array(int32()) }), {
      versions: '1+',
      ignorable: true,
      about: 'For cooperative rebalancing (KIP-429).',
    }),
    generationId: int32({ versions: '2+', default: -1, ignorable: true, about: 'When the partitions were owned.' }),
    rackId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  }),
})

/** What the leader assigns to a consumer: the `assignment` of SyncGroup. */
export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  schema: struct({
    assignedPartitions: array(struct({ topic: string({ mapKey: true }), partitions: array(int32()) })),
    userData: bytes({ nullable: true, default: null }),
  }),
})

export interface ConsumerProtocolSubscription extends Infer<(typeof consumerProtocolSubscription)['schema']> {}
export interface ConsumerProtocolAssignment extends Infer<(typeof consumerProtocolAssignment)['schema']> {}
