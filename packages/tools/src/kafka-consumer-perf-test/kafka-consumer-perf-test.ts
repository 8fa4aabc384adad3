/** `kafka-consumer-perf-test`: how fast a topic can be read (`ConsumerPerformance`). */
import { KafkaConsumer } from '@millrace/client'
import { requireOptions } from '../command-line/checks.js'
import { clientSettings } from '../command-line/client-settings.js'
import { flag, formerly, integer, long, text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { Progress } from '../command-line/progress.js'
import { defineTool, type Invocation } from '../command-line/tool.js'
import { javaDateFormat } from '../measuring/java-date-format.js'
import { metricsTable } from '../measuring/metrics-table.js'
import { type Consumption, consumptionReport, headerLine, intervalLine, totalLine } from './consumption-report.js'
import { readRecords } from './read-records.js'

const bootstrapServer = text('host:port', 'Brokers to connect to first, separated by commas.')

const options = {
  'bootstrap-server': bootstrapServer,
  'broker-list': formerly('bootstrap-server', bootstrapServer),
  topic: text('topic', 'The topic to read.'),
  messages: long('count', 'How many records to read.'),
  group: text('group', 'The group to read in; a new one by default.'),
  'fetch-size': integer('bytes', 'How much of a partition one fetch gets.', 1024 * 1024),
  'from-latest': flag('Begin at the end of the topic, if the group has no committed offset.'),
  'socket-buffer-size': integer('bytes', 'Taken; the system decides.', 2 * 1024 * 1024),
  threads: integer('count', 'Taken, and without effect.', 10),
  'num-fetch-threads': integer('count', 'Taken, and without effect.', 1),
  'consumer.config': text('file', 'A properties file with settings of the consumer.'),
  'print-metrics': flag('Print the figures of the consumer at the end.'),
  'show-detailed-stats': flag('Print a line for each --reporting-interval instead of one at the end.'),
  timeout: long('ms', 'End when no record has come for so long.', 10_000),
  'reporting-interval': long('ms', 'How often --show-detailed-stats prints a line.', 5000),
  'date-format': text('pattern', 'How times are printed, by a pattern of SimpleDateFormat.', 'yyyy-MM-dd HH:mm:ss:SSS'),
  'hide-header': flag('Leave out the line with the names of the columns.'),
  ...outputOption,
} as const

type PerfInvocation = Invocation<typeof options>

export const kafkaConsumerPerfTest = defineTool({
  name: 'kafka-consumer-perf-test',
  summary: 'Measures how fast a topic can be read.',
  options,
  async run(invocation) {
    const { options: values, given, io, print } = invocation
    check(invocation)
    const time = javaDateFormat(values['date-format'])
    const isJson = values.output === 'json'
    const isDetailed = values['show-detailed-stats']
    if (!values['hide-header'] && !isJson) print(headerLine({ isDetailed }))
    const consumer = new KafkaConsumer(settings(invocation))
    const show = (kind: string, consumption: Consumption) =>
      print(json({ kind, ...consumption, ...consumptionReport(consumption) }))
    const progress = new Progress(io, 'read', { isBesideOutput: true })
    try {
      const { topic = '', messages: maxRecords = 0, timeout: timeoutMs } = values
      const all = await readRecords(consumer, {
        topic,
        maxRecords,
        timeoutMs,
        intervalMs: values['reporting-interval'],
        signal: io.interruption(),
        onRead: (records) => progress.at(records, maxRecords),
        onInterval: (interval, sums) => {
          if (!isDetailed) return
          progress.end()
          if (isJson) show('interval', interval)
          else print(intervalLine(interval, sums, time))
        },
      })
      progress.end()
      const isShort = all.records < maxRecords && !io.interruption().aborted
      if (isShort) warn(invocation, timeoutMs)
      const metrics = given.has('print-metrics') ? consumer.allMetrics() : []
      await consumer.close()
      if (isJson) show('total', all)
      else if (!isDetailed) print(totalLine(all, time))
      if (isJson && metrics.length > 0) print(json({ kind: 'metrics', metrics }))
      else for (const line of metricsTable(metrics)) print(line)
    } finally {
      await consumer.close()
    }
  },
})

function warn({ options: values, print, complain }: PerfInvocation, timeoutMs: number): void {
  const tell = values.output === 'json' ? complain : print
  tell(
    `WARNING: Exiting before consuming the expected number of messages: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.`,
  )
}

function check({ given, options: values, print }: PerfInvocation): void {
  if (!given.has('bootstrap-server') && !given.has('broker-list')) {
    throw new UsageError('Missing required option(s) [bootstrap-server]')
  }
  if (given.has('threads') || given.has('num-fetch-threads')) {
    print('WARNING: option [threads] and [num-fetch-threads] have been deprecated and will be ignored by the test')
  }
  requireOptions(given, 'topic', 'messages')
  if (values['reporting-interval'] <= 0) throw new UsageError('Reporting interval must be greater than 0.')
}

function settings({ options: values, complain }: PerfInvocation) {
  const fixed = {
    'bootstrap.servers': values['bootstrap-server'] ?? values['broker-list'] ?? '',
    'group.id': values.group ?? `perf-consumer-${Math.floor(Math.random() * 100_000)}`,
    'max.partition.fetch.bytes': String(values['fetch-size']),
    'auto.offset.reset': values['from-latest'] ? 'latest' : 'earliest',
    'check.crcs': 'false',
  }
  const defaults = { 'client.id': 'perf-consumer-client' }
  return clientSettings('consumer', { file: values['consumer.config'], defaults, fixed }, complain)
}
