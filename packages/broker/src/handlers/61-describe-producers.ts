import { describeProducers, ErrorCode } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

/** DescribeProducers: the idempotent and transactional producers that a partition remembers (KIP-664). */
export function describeProducersHandler(services: BrokerServices): ApiHandler {
  return handlerFor(describeProducers, ({ topics }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const found = lookUpLeader(services, name, partitionIndex)
        if ('error' in found) return { partitionIndex, errorCode: ErrorCode[found.error], activeProducers: [] }
        return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers: found.partition.log.describeProducers() }
      }),
    })),
  }))
}
