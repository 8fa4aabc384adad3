/** Transactions of partitions that nobody will end (`FindHangingTransactionsCommand`). */
import type { KafkaAdminClient, ProducerState, TopicPartition, TransactionDescription } from '@millrace/client'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { ToolError } from '../command-line/tool.js'

const PARTITIONS_AT_ONCE = 500

export interface OpenTransaction extends TopicPartition {
  readonly producer: ProducerState
}

export interface HangingScope {
  readonly brokerId: number | undefined
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly maxTransactionTimeoutMs: number
}

export async function findHanging(admin: KafkaAdminClient, scope: HangingScope): Promise<readonly OpenTransaction[]> {
  const open = await openForLong(admin, scope)
  if (open.length === 0) return []
  const producerIds = [...new Set(open.map(({ producer }) => producer.producerId))]
  const listed = await admin.listTransactions({ producerIds })
  const idByProducer = new Map(listed.map(({ producerId, transactionalId }) => [producerId, transactionalId]))
  const described = await describe(admin, [...idByProducer.values()])
  return open.filter(({ producer, topic, partition }) => {
    const description = described.get(idByProducer.get(producer.producerId) ?? '')
    // A coordinator that still has the partition in its transaction will write the marker.
    return !description?.topicPartitions.some((one) => one.topic === topic && one.partition === partition)
  })
}

async function openForLong(admin: KafkaAdminClient, scope: HangingScope): Promise<readonly OpenTransaction[]> {
  const partitions = await partitionsToSearch(admin, scope)
  const open: OpenTransaction[] = []
  for (let at = 0; at < partitions.length; at += PARTITIONS_AT_ONCE) {
    const part = partitions.slice(at, at + PARTITIONS_AT_ONCE)
    const { brokerId } = scope
    const producers = await admin
      .describeProducers(part, brokerId === undefined ? {} : { brokerId })
      .catch((error: unknown) => {
        const where = brokerId === undefined ? '' : ` on broker ${brokerId}`
        throw new ToolError(`Failed to describe producers for ${part.length} partitions${where}: ${reasonOf(error)}`)
      })
    const nowMs = Date.now()
    for (const [{ topic, partition }, states] of producers) {
      for (const producer of states) {
        const isOld = nowMs - producer.lastTimestamp > scope.maxTransactionTimeoutMs
        if (producer.currentTransactionStartOffset !== undefined && isOld) open.push({ topic, partition, producer })
      }
    }
  }
  return open
}

async function partitionsToSearch(
  admin: KafkaAdminClient,
  { topic, partition, brokerId }: HangingScope,
): Promise<readonly TopicPartition[]> {
  if (topic !== undefined && partition !== undefined) return [{ topic, partition }]
  const topics = topic === undefined ? [...(await admin.listTopics({ listInternal: true })).keys()] : [topic]
  const described = await admin.describeTopics(topics)
  return [...described.values()].flatMap(({ name, partitions }) =>
    partitions
      .filter(({ replicas }) => brokerId === undefined || replicas.some(({ id }) => id === brokerId))
      .map((info) => ({ topic: name, partition: info.partition })),
  )
}

async function describe(
  admin: KafkaAdminClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TransactionDescription>> {
  const outcomes = await admin.describeTransactions(ids).settled()
  const described = new Map<string, TransactionDescription>()
  for (const [id, outcome] of outcomes) {
    if ('value' in outcome) described.set(id, outcome.value)
    else if (!hasCode(outcome.error, 'TRANSACTIONAL_ID_NOT_FOUND')) throw outcome.error
  }
  return described
}
