import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { apis, ErrorCode } from '@millrace/protocol'
import type { RawClient } from './raw-client.js'

/** A name that no other test has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`
}

export interface CreatedTopic {
  readonly topic: string
  readonly topicId: string
}

/** Creates a topic of one partition (or more) and waits for its leaders. */
export async function createTopic(
  client: RawClient,
  configs: Readonly<Record<string, string>> = {},
  { name = uniqueName('topic'), partitions = 1 }: { name?: string; partitions?: number } = {},
): Promise<CreatedTopic> {
  const answer = await client.call(apis.CreateTopics, 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  })
  const [created] = answer.topics
  assert.equal(created?.errorCode, ErrorCode.NONE, created?.errorMessage ?? '')
  return { topic: name, topicId: created?.topicId ?? '' }
}

export async function deleteTopic(client: RawClient, name: string): Promise<void> {
  const answer = await client.call(apis.DeleteTopics, 4, { topicNames: [name], timeoutMs: 10_000 })
  assert.equal(answer.responses[0]?.errorCode, ErrorCode.NONE)
}
