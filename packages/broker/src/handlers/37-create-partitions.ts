/** CreatePartitions: adds partitions to topics, or only checks that it could. */
import { createPartitions, ErrorCode } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { repeatedNames } from './repeated-names.js'
import type { BrokerServices } from './services.js'

export function createPartitionsHandler({ topics: admin }: BrokerServices): ApiHandler {
  return handlerFor(createPartitions, async ({ topics, timeoutMs, validateOnly }) => {
    const duplicates = repeatedNames(topics.map(({ name }) => name))
    const answers = topics
      .filter(({ name }) => !duplicates.has(name))
      .map(async ({ name, count, assignments }) => {
        const { error, message } = await admin.grow({ name, count, assignments }, { timeoutMs, validateOnly })
        return { name, errorCode: ErrorCode[error], errorMessage: message }
      })
    const repeated = Array.from(duplicates, (name) => ({
      name,
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: 'Duplicate topic name in request.',
    }))
    return { results: [...(await Promise.all(answers)), ...repeated] }
  })
}
