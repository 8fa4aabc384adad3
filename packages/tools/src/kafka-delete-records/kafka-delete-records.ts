/** `kafka-delete-records`: empties the beginnings of partitions (`DeleteRecordsCommand`). */
import { type KafkaAdminClient, type Outcome, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { requireOptions } from '../command-line/checks.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { reasonOf } from '../command-line/failures.js'
import { hashOrder, partitionHash } from '../command-line/java-order.js'
import { readText } from '../command-line/json-file.js'
import { text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { Progress } from '../command-line/progress.js'
import { defineTool } from '../command-line/tool.js'
import { parseRecordsFile } from './records-file.js'

const options = {
  ...clusterOptions,
  ...outputOption,
  'offset-json-file': text(
    'file',
    'A JSON file with the first offset of each partition that stays (-1: none): {"partitions":[{"topic":"t","partition":0,"offset":3}],"version":1}',
  ),
} as const

/** So many partitions at a time, so that there is progress to tell. */
const PARTITIONS_AT_ONCE = 500

export const kafkaDeleteRecords = defineTool({
  name: 'kafka-delete-records',
  summary: 'Deletes the records of partitions up to given offsets.',
  options,
  async run(invocation) {
    const { options: values, given, print, io } = invocation
    requireOptions(given, 'bootstrap-server', 'offset-json-file')
    const wanted = [...parseRecordsFile(readText(values['offset-json-file'] ?? ''))]
    const isText = values.output !== 'json'
    if (isText) print('Executing records delete operation')
    await using admin = adminClient(invocation)
    const outcomes = new TopicPartitionMap<Outcome<{ readonly lowWatermark: number }>>()
    const progress = new Progress(io, 'records deleted', { isBesideOutput: true })
    for (let at = 0; at < wanted.length; at += PARTITIONS_AT_ONCE) {
      const part = await deleteRecords(admin, wanted.slice(at, at + PARTITIONS_AT_ONCE))
      for (const [key, outcome] of part) outcomes.set(key, outcome)
      progress.at(outcomes.size, wanted.length)
    }
    progress.end()
    const results = hashOrder(outcomes, ([key]) => partitionHash(key))
    if (isText) {
      print('Records delete operation completed:')
      for (const [key, outcome] of results) print(resultLine(key, outcome))
    } else print(json(results.map(([key, outcome]) => ({ ...key, ...told(outcome) }))))
  },
})

type Deletion = Outcome<{ readonly lowWatermark: number }>

async function deleteRecords(
  admin: KafkaAdminClient,
  records: Parameters<KafkaAdminClient['deleteRecords']>[0],
): Promise<Map<TopicPartition, Deletion>> {
  return await admin.deleteRecords(records).settled()
}

function resultLine({ topic, partition }: TopicPartition, outcome: Deletion): string {
  const { lowWatermark, error } = told(outcome)
  const result = error === undefined ? `low_watermark: ${lowWatermark}` : `error: ${error}`
  return `partition: ${topic}-${partition}\t${result}`
}

function told(outcome: Deletion): { readonly lowWatermark?: number; readonly error?: string } {
  return 'value' in outcome ? outcome.value : { error: reasonOf(outcome.error) }
}
