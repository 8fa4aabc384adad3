/** `kafka-log-dirs`: what lies in the log directories of brokers, as JSON (`LogDirsCommand`). */
import type { LogDirs } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { requireOptions } from '../command-line/checks.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { hashOrder, partitionHash, stringHash } from '../command-line/java-order.js'
import { flag, text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool, ToolError } from '../command-line/tool.js'

const options = {
  ...clusterOptions,
  ...outputOption,
  describe: flag('Show the log directories.'),
  'topic-list': text('topic,…', 'Only partitions of these topics. The default is all.', ''),
  'broker-list': text('id,…', 'Only of these brokers. The default is all.', ''),
} as const

export const kafkaLogDirs = defineTool({
  name: 'kafka-log-dirs',
  summary: 'Shows the log directories of brokers, and how large the partitions in them are.',
  options,
  async run(invocation) {
    const { options: values, given, print } = invocation
    requireOptions(given, 'bootstrap-server', 'describe')
    const topics = new Set(listed(values['topic-list']))
    const wanted = listed(values['broker-list']).map(brokerId)
    await using admin = adminClient(invocation, { 'client.id': 'log-dirs-tool' })
    const { nodes } = await admin.describeCluster()
    const there = hashOrder(
      nodes.map(({ id }) => id),
      (id) => id,
    )
    const missing = wanted.filter((id) => !there.includes(id))
    if (missing.length > 0) {
      throw new ToolError(
        `ERROR: The given brokers do not exist from --broker-list: ${missing.join(',')}. Current existent brokers: ${there.join(',')}`,
      )
    }
    const brokers = wanted.length === 0 ? there : hashOrder(new Set(wanted), (id) => id)
    const isText = values.output !== 'json'
    if (isText) print('Querying brokers for log directories information')
    const dirs = await admin.describeLogDirs(brokers)
    if (isText) print(`Received log directory information from brokers ${brokers.join(',')}`)
    print(
      json({
        brokers: brokers.map((broker) => ({ broker, logDirs: printable(dirs.get(broker) ?? new Map(), topics) })),
        version: 1,
      }),
    )
  },
})

function listed(list: string): readonly string[] {
  return list.split(',').filter((text) => text !== '')
}

function brokerId(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new ToolError(`--broker-list: '${text}' is not the id of a broker`)
}

function printable(dirs: LogDirs, topics: ReadonlySet<string>) {
  return hashOrder(dirs, ([path]) => stringHash(path)).map(([logDir, { replicaInfos, error }]) => {
    const shown = [...replicaInfos].filter(([{ topic }]) => topics.size === 0 || topics.has(topic))
    return {
      partitions: hashOrder(shown, ([key]) => partitionHash(key)).map(([key, { size, offsetLag, isFuture }]) => ({
        partition: `${key.topic}-${key.partition}`,
        size,
        offsetLag,
        isFuture,
      })),
      error: error?.code ?? null,
      logDir,
    }
  })
}
