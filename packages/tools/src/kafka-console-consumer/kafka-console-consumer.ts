/** `kafka-console-consumer`: the records of a topic on stdout (`ConsoleConsumer`). */
import { type ConsumerConfig, KafkaConsumer } from '@millrace/client'
import { requireOptions } from '../command-line/checks.js'
import { clientSettings, keyValues, readProperties } from '../command-line/client-settings.js'
import { hasColours } from '../command-line/colours.js'
import { knownProperties } from '../command-line/known-properties.js'
import { flag, integer, long, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { type Consumption, consume } from './consume.js'
import { formatterFamilies, formatterProperties } from './default-formatter.js'
import type { Formatter } from './formatter.js'
import { formatterOf } from './formatters.js'
import { jsonFormatter, prettyFormatter } from './json-formatters.js'

const options = {
  'bootstrap-server': text('host:port', 'Brokers to connect to first, separated by commas.'),
  topic: text('topic', 'The topic to read.'),
  include: text('regex', 'A regular expression of topics to read.'),
  whitelist: text('regex', 'The same, in old command lines.'),
  partition: integer('partition', 'The one partition to read, without a group; from its end if there is no --offset.'),
  offset: text('offset', 'Where to begin in the partition: a number, earliest or latest.', 'latest'),
  'from-beginning': flag('Begin with the first record if the group has no committed offset.'),
  group: text('group', 'The group to read in; a new one by default.'),
  'max-messages': integer('count', 'End after so many records.'),
  'timeout-ms': long('ms', 'End when no record has come for so long.'),
  'skip-message-on-error': flag('Leave out a record that cannot be printed instead of ending.'),
  formatter: text('class', 'What prints records, by the name of its Java class.', 'DefaultMessageFormatter'),
  property: texts(
    'key=value',
    'How records are printed: print.timestamp, print.key, print.offset, print.partition, print.epoch, print.headers, print.value (true), key.separator (tab), line.separator, headers.separator (,), null.literal (null), key.deserializer, value.deserializer, headers.deserializer.',
  ),
  'formatter-property': texts('key=value', 'The same as --property.'),
  'formatter-config': text('file', 'A properties file with the same; --property comes first.'),
  'key-deserializer': text('class', 'How keys become text, by the name of the Java class.'),
  'value-deserializer': text('class', 'How values become text, by the name of the Java class.'),
  'consumer-property': texts('key=value', 'A setting of the consumer.'),
  'consumer.config': text('file', 'A properties file with settings of the consumer.'),
  'isolation-level': text(
    'level',
    'read_committed leaves out records of open and aborted transactions.',
    'read_uncommitted',
  ),
  'enable-systest-events': flag('Print shutdown_complete at the end.'),
  pretty: flag('Print values that are JSON over several lines.'),
  ...outputOption,
} as const

export type ConsumerInvocation = Invocation<typeof options>

export const kafkaConsoleConsumer = defineTool({
  name: 'kafka-console-consumer',
  summary: 'Prints the records of topics.',
  options,
  async run(invocation) {
    const { options: values, given, io, print, complain } = invocation
    checkTopics(invocation)
    const groupId = groupOf(invocation)
    const config = settings(invocation, groupId)
    const start = startOf(invocation)
    const format = await formatter(invocation)
    const consumer = new KafkaConsumer<Buffer, Buffer>(config)
    const consumption: Consumption = {
      consumer,
      start,
      maxMessages: given.has('max-messages') ? values['max-messages'] : undefined,
      timeoutMs: (values['timeout-ms'] ?? -1) >= 0 ? values['timeout-ms'] : undefined,
      skipsErrors: values['skip-message-on-error'],
      format,
    }
    const interrupted = io.interruption()
    const { count, failure } = await consume(consumption, invocation, interrupted)
    if (failure !== undefined) complain(failure.message)
    complain(`Processed a total of ${count} messages`)
    if (values['enable-systest-events'] && interrupted.aborted) print('shutdown_complete')
    return failure?.exitCode
  },
})

function checkTopics({ given }: ConsumerInvocation): void {
  const topics = (['topic', 'include', 'whitelist'] as const).filter((name) => given.has(name))
  if (topics.length !== 1) throw new UsageError('Exactly one of --include/--topic is required. ')
  if (given.has('partition')) {
    if (!given.has('topic')) throw new UsageError('The topic is required when partition is specified.')
    if (given.has('from-beginning') && given.has('offset')) {
      throw new UsageError('Options from-beginning and offset cannot be specified together.')
    }
  } else if (given.has('offset')) {
    throw new UsageError('The partition is required when offset is specified.')
  }
  requireOptions(given, 'bootstrap-server')
}

/** Undefined: none is named. Errors: UsageError if several places name different ones. */
function groupOf({ options: values, given }: ConsumerInvocation): string | undefined {
  const file = values['consumer.config']
  const places = [
    values.group,
    file === undefined ? undefined : readProperties(file).get('group.id'),
    keyValues(values['consumer-property']).get('group.id'),
  ]
  const groups = [...new Set(places.filter((group) => group !== undefined))]
  if (groups.length > 1) {
    throw new UsageError(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: ${groups.map((group) => `'${group}'`).join(', ')}`,
    )
  }
  if (groups.length > 0 && given.has('partition')) {
    throw new UsageError('Options group and partition cannot be specified together.')
  }
  return groups[0]
}

function settings(
  { options: values, given, complain }: ConsumerInvocation,
  groupId: string | undefined,
): ConsumerConfig<Buffer, Buffer> {
  // A group that nobody names again leaves no offsets behind.
  const ownGroup = `console-consumer-${Math.floor(Math.random() * 100_000)}`
  const defaults = {
    'client.id': 'console-consumer',
    'isolation.level': values['isolation-level'],
    'auto.offset.reset': values['from-beginning'] ? 'earliest' : 'latest',
    ...(groupId === undefined ? { 'enable.auto.commit': 'false' } : {}),
  }
  const fixed = {
    'bootstrap.servers': values['bootstrap-server'] ?? '',
    'group.id': groupId ?? ownGroup,
    ...(given.has('isolation-level') ? { 'isolation.level': values['isolation-level'] } : {}),
  }
  const file = values['consumer.config']
  const config = clientSettings('consumer', { file, pairs: values['consumer-property'], defaults, fixed }, complain)
  const reset = config['auto.offset.reset']
  if (values['from-beginning'] && reset !== 'earliest') {
    throw new ToolError(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${reset}', please remove one option`,
    )
  }
  return config as ConsumerConfig<Buffer, Buffer>
}

/** Errors: UsageError. */
function startOf({ options: values, given }: ConsumerInvocation): Consumption['start'] {
  const { topic, partition } = values
  if (topic === undefined) return { topics: patternOf(values.include ?? values.whitelist ?? '') }
  if (partition === undefined) return { topics: topic }
  const otherwise = values['from-beginning'] ? 'earliest' : 'latest'
  const offset = given.has('offset') ? values.offset : otherwise
  const word = offset.toLowerCase()
  if (word !== 'earliest' && word !== 'latest' && !/^\d+$/.test(offset)) {
    throw new UsageError(
      `The provided offset value '${offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
    )
  }
  return { partition: { topic, partition }, offset: word === 'earliest' || word === 'latest' ? word : Number(offset) }
}

/** Errors: UsageError. */
function patternOf(include: string): RegExp {
  try {
    return new RegExp(`^(?:${include})$`)
  } catch {
    throw new UsageError(`${include} is not a regular expression`)
  }
}

async function formatter({ options: values, io, complain }: ConsumerInvocation): Promise<Formatter> {
  if (values.output === 'json') return jsonFormatter
  const classes = [
    ...(values['key-deserializer'] ? [`key.deserializer=${values['key-deserializer']}`] : []),
    ...(values['value-deserializer'] ? [`value.deserializer=${values['value-deserializer']}`] : []),
  ]
  const pairs = [...classes, ...values.property, ...values['formatter-property']]
  const known = { file: values['formatter-config'], pairs, known: formatterProperties, families: formatterFamilies }
  const properties = knownProperties(known, complain)
  const format = await formatterOf(values.formatter, { properties, complain })
  return values.pretty ? prettyFormatter(format, { hasColours: hasColours(io, 'stdout') }) : format
}
