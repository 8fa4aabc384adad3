import { int32, string } from '../schema/fields.js'

/** Bit field of authorized operations when they were not asked for. */
export const NOT_ASKED = -2147483648

/** Leader of a partition, told with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH (KIP-951). */
export const leaderIdAndEpoch = {
  leaderId: int32({ default: -1, about: '-1 if not known.' }),
  leaderEpoch: int32({ default: -1, about: '-1 if not known.' }),
}

/** Where the new leaders named in a response can be reached (KIP-951). */
export const nodeEndpoint = {
  nodeId: int32({ mapKey: true }),
  host: string(),
  port: int32(),
  rack: string({ nullable: true, default: null }),
}
