/** `kafka-producer-perf-test`: how fast records can be written, and how long each takes (`ProducerPerformance`). */
import { KafkaProducer } from '@millrace/client'
import { clientSettings } from '../command-line/client-settings.js'
import { decimal, flag, integer, long, manyTexts, text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { Progress } from '../command-line/progress.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { metricsTable } from '../measuring/metrics-table.js'
import { filePayloads, monotonicPayloads, type Payloads, randomPayloads } from './payloads.js'
import { ProducerStats, type Report, reportText } from './producer-stats.js'
import { sendRecords } from './send-records.js'

const options = {
  topic: text('topic', 'The topic to write to.'),
  'num-records': long('count', 'How many records to send.'),
  'record-size': integer('bytes', 'Size of each record, of random letters.'),
  'payload-file': text('file', 'A text file with what the records may hold; each record holds any part of it.'),
  'payload-delimiter': text('regex', 'What stands between the parts of --payload-file.', '\\n'),
  'payload-monotonic': flag('Each record holds its number.'),
  throughput: decimal('records/s', 'About so many records a second; -1 for as many as possible.'),
  'producer-props': manyTexts('key=value', 'Settings of the producer; they come before --producer.config.'),
  'producer.config': text('file', 'A properties file with settings of the producer.'),
  'print-metrics': flag('Print the figures of the producer at the end.'),
  'transactional-id': text('id', 'The id for transactions.', 'performance-producer-default-transactional-id'),
  'transaction-duration-ms': long('ms', 'Write in transactions, each at least so long; 0 for none.', 0),
  ...outputOption,
} as const

type PerfInvocation = Invocation<typeof options>

export const kafkaProducerPerfTest = defineTool({
  name: 'kafka-producer-perf-test',
  summary: 'Measures how fast records can be written, and how long each takes to be acknowledged.',
  options,
  async run(invocation) {
    const { options: values, io, print, complain } = invocation
    check(invocation)
    const payloads = payloadsOf(invocation)
    const transactionMs = Math.max(0, values['transaction-duration-ms'])
    const producer = new KafkaProducer(settings(invocation, transactionMs > 0))
    const progress = new Progress(io, 'sent', { isBesideOutput: true })
    const show = (kind: string, report: Report) => {
      progress.end()
      print(values.output === 'json' ? json({ kind, ...report }) : reportText(report))
    }
    const { topic = '', 'num-records': count = 0, throughput = -1 } = values
    try {
      if (transactionMs > 0) await producer.initTransactions()
      const stats = new ProducerStats(count, Date.now(), (report) => show('window', report))
      const signal = io.interruption()
      const onSent = (records: number) => progress.at(records, count)
      await sendRecords(producer, {
        topic,
        count,
        throughput,
        transactionMs,
        payloads,
        stats,
        signal,
        complain,
        onSent,
      })
      if (values['print-metrics']) await producer.flush()
      else await producer.close()
      show('total', stats.total(Date.now()))
      if (!values['print-metrics']) return
      const metrics = producer.allMetrics()
      if (values.output === 'json') print(json({ kind: 'metrics', metrics }))
      else for (const line of metricsTable(metrics)) print(line)
    } finally {
      await producer.close()
    }
  },
})

const payloadOptions = ['record-size', 'payload-file', 'payload-monotonic'] as const

/** Errors: UsageError, ToolError. */
function check({ given, options: values }: PerfInvocation): void {
  for (const name of ['topic', 'num-records', 'throughput'] as const) {
    if (!given.has(name)) throw new UsageError(`argument --${name} is required`)
  }
  const [payload, second] = payloadOptions.filter((name) => given.has(name))
  if (payload === undefined) {
    throw new UsageError(`one of the arguments ${payloadOptions.map((name) => `--${name}`).join(' ')} is required`)
  }
  if (second !== undefined) throw new UsageError(`argument --${second}: not allowed with argument --${payload}`)
  if (!given.has('producer-props') && !given.has('producer.config')) {
    throw new UsageError('Either --producer-props or --producer.config must be specified.')
  }
  if ((values['num-records'] ?? 0) < 1) throw new ToolError('--num-records has to be at least 1')
  if ((values['record-size'] ?? 0) < 0) throw new ToolError('--record-size cannot be negative')
  if (values.throughput === 0) throw new ToolError('--throughput 0 would never send a record: -1 stands for no limit')
}

function payloadsOf({ options: values, print }: PerfInvocation): Payloads {
  const { 'payload-file': file, 'record-size': size } = values
  if (file !== undefined) return filePayloads(file, values['payload-delimiter'], print)
  return size === undefined ? monotonicPayloads : randomPayloads(size)
}

function settings({ options: values, complain }: PerfInvocation, isTransactional: boolean) {
  const { 'producer-props': pairs, 'producer.config': file } = values
  for (const pair of pairs) {
    const [key, value, ...more] = pair.split('=')
    if (!key || !value || more.length > 0) throw new ToolError(`Invalid property: ${pair}`)
  }
  const defaults = { 'client.id': 'perf-producer-client' }
  const fixed: Record<string, string> = isTransactional ? { 'transactional.id': values['transactional-id'] } : {}
  return clientSettings('producer', { file, pairs, defaults, fixed }, complain)
}
