/** `kafka-verifiable-consumer`: what a member of a group sees, each event in a line of JSON (`VerifiableConsumer`). */
import { KafkaConsumer, KafkaError, WakeupError } from '@millrace/client'
import { clientSettings } from '../command-line/client-settings.js'
import { errorText } from '../command-line/failures.js'
import { flag, formerly, integer, text } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, type Invocation } from '../command-line/tool.js'
import { consumeEvents } from './consume-events.js'
import { eventPrinter } from './events.js'

const bootstrapServer = text('host:port', 'Brokers to connect to first, separated by commas.')

const options = {
  'bootstrap-server': bootstrapServer,
  'broker-list': formerly('bootstrap-server', bootstrapServer),
  topic: text('topic', 'The topic to read.'),
  'group-protocol': text('protocol', 'How members share partitions; it is always classic.', 'classic'),
  'group-remote-assignor': text('name', 'Taken, and without effect with classic.'),
  'group-id': text('group', 'The group to read in.'),
  'group-instance-id': text('id', 'Makes a static member.'),
  'max-messages': integer('count', 'How many records; -1: until it is stopped.', -1),
  'session-timeout': integer('ms', 'A member from which the coordinator hears nothing for so long is out.', 30_000),
  verbose: flag('Print each record.'),
  'enable-autocommit': flag('Commit in the background, not after each poll.'),
  'reset-policy': text('policy', 'Where to begin without a committed offset: earliest, latest, none.', 'earliest'),
  'assignment-strategy': text(
    'class',
    'How partitions are shared: range, roundrobin, sticky, cooperative-sticky, or their Java classes.',
    'org.apache.kafka.clients.consumer.RangeAssignor',
  ),
  'consumer.config': text('file', 'A properties file with settings of the consumer; options come before them.'),
  ...outputOption,
} as const

type ConsumerInvocation = Invocation<typeof options>

export const kafkaVerifiableConsumer = defineTool({
  name: 'kafka-verifiable-consumer',
  summary: 'Reads a topic in a group, and says in JSON what it sees.',
  options,
  async run(invocation) {
    const { options: values, io, print, complain } = invocation
    check(invocation)
    const event = eventPrinter(print)
    const consumer = new KafkaConsumer(settings(invocation))
    const signal = io.interruption()
    const wakeUp = () => consumer.wakeup()
    signal.addEventListener('abort', wakeUp, { once: true })
    event('startup_complete')
    try {
      const { topic = '', verbose } = values
      const maxRecords = values['max-messages'] < 0 ? Number.POSITIVE_INFINITY : values['max-messages']
      await consumeEvents(consumer, {
        topic,
        maxRecords,
        commits: !values['enable-autocommit'],
        verbose,
        signal,
        event,
      })
    } catch (error) {
      // It ends with its last events all the same, as Java's does.
      if (!(error instanceof KafkaError)) throw error
      if (!(error instanceof WakeupError)) complain(errorText(error))
    } finally {
      signal.removeEventListener('abort', wakeUp)
      await consumer.close()
      event('shutdown_complete')
    }
  },
})

/** Errors: UsageError. */
function check({ given, options: values }: ConsumerInvocation): void {
  for (const name of ['topic', 'group-id'] as const) {
    if (!given.has(name)) throw new UsageError(`argument --${name} is required`)
  }
  if (given.has('bootstrap-server') && given.has('broker-list')) {
    throw new UsageError('argument --broker-list: not allowed with argument --bootstrap-server')
  }
  if (!given.has('bootstrap-server') && !given.has('broker-list')) {
    throw new UsageError('one of the arguments --bootstrap-server --broker-list is required')
  }
  if (values['group-protocol'].toLowerCase() !== 'classic') {
    throw new UsageError(`--group-protocol ${values['group-protocol']} is not there: leave it out, or use classic`)
  }
}

function settings({ options: values, complain }: ConsumerInvocation) {
  const { 'group-instance-id': instanceId } = values
  const fixed = {
    'bootstrap.servers': values['bootstrap-server'] ?? values['broker-list'] ?? '',
    'group.id': values['group-id'] ?? '',
    'partition.assignment.strategy': values['assignment-strategy'],
    'enable.auto.commit': String(values['enable-autocommit']),
    'auto.offset.reset': values['reset-policy'],
    'session.timeout.ms': String(values['session-timeout']),
    ...(instanceId === undefined ? {} : { 'group.instance.id': instanceId }),
  }
  return clientSettings('consumer', { file: values['consumer.config'], fixed }, complain)
}
