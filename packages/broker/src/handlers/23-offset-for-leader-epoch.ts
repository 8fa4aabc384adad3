/** OffsetForLeaderEpoch: where an epoch ended, by which consumers and followers notice truncation (KIP-320, KIP-101). */
import { ErrorCode, offsetForLeaderEpoch } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

export function offsetForLeaderEpochHandler(services: BrokerServices): ApiHandler {
  return handlerFor(offsetForLeaderEpoch, ({ topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const found = lookUpLeader(services, topic, partition, currentLeaderEpoch)
        if ('error' in found) return { errorCode: ErrorCode[found.error], partition }
        const end = found.partition.log.endOffsetForEpoch(leaderEpoch)
        return { errorCode: ErrorCode.NONE, partition, leaderEpoch: end.epoch, endOffset: end.endOffset }
      }),
    })),
  }))
}
