/** The file of `kafka-delete-records`: `{"partitions":[{"topic":"t","partition":0,"offset":3}],"version":1}`. */
import { type RecordsToDelete, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { isWhole, jsonObject, parseJson } from '../command-line/json-file.js'
import { ToolError } from '../command-line/tool.js'

/** Errors: ToolError, in the words of Kafka's tool where it has some. */
export function parseRecordsFile(text: string): TopicPartitionMap<RecordsToDelete> {
  const { partitions, version = 1 } = jsonObject(parseJson(text), 'The file')
  if (version !== 1) throw new ToolError(`Not supported version field value ${version}`)
  if (partitions === undefined) throw new ToolError('Missing partitions field')
  if (!Array.isArray(partitions)) throw new ToolError('partitions is no array')
  const entries = partitions.map((entry: unknown, at) => parseEntry(entry, `partitions[${at}]`))
  const result = new TopicPartitionMap<RecordsToDelete>()
  const repeated = new TopicPartitionMap<true>()
  for (const [key, records] of entries) {
    if (result.has(key)) repeated.set(key, true)
    result.set(key, records)
  }
  if (repeated.size === 0) return result
  const names = [...repeated.keys()].map(({ topic, partition }) => `${topic}-${partition}`)
  throw new ToolError(`Offset json file contains duplicate topic partitions: ${names.join(',')}`)
}

function parseEntry(entry: unknown, where: string): readonly [TopicPartition, RecordsToDelete] {
  const { topic, partition, offset } = (entry ?? {}) as Readonly<Record<string, unknown>>
  if (typeof topic === 'string' && isWhole(partition) && isWhole(offset)) {
    return [{ topic, partition }, { beforeOffset: offset }]
  }
  throw new ToolError(`${where} is not like {"topic": "orders", "partition": 0, "offset": 3}`)
}
