/** `kafka-verifiable-producer`: numbers as records, and what became of each in a line of JSON (`VerifiableProducer`). */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Bytes, KafkaProducer } from '@millrace/client'
import { clientSettings } from '../command-line/client-settings.js'
import { formerly, integer, long, oneOf, text } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import { roomOn } from '../command-line/paced-output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, type Invocation } from '../command-line/tool.js'
import { ThroughputThrottler } from '../measuring/throughput-throttler.js'
import { eventPrinter, type PrintEvent } from './events.js'

const bootstrapServer = text('host:port', 'Brokers to connect to first, separated by commas.')

const options = {
  'bootstrap-server': bootstrapServer,
  'broker-list': formerly('bootstrap-server', bootstrapServer),
  topic: text('topic', 'The topic to write to.'),
  'max-messages': integer('count', 'How many records; -1: until it is stopped.', -1),
  throughput: integer('records/s', 'About so many records a second; -1 for as many as possible.', -1),
  acks: oneOf(['0', '1', '-1'], 'Who has to have a record: nobody, the leader, all replicas in sync.', '-1'),
  'producer.config': text('file', 'A properties file with settings of the producer.'),
  'message-create-time': long('ms', 'The timestamp of the first record; later ones follow.', -1),
  'value-prefix': integer('number', 'Stands before each value, with a dot between.'),
  'repeating-keys': integer('count', 'Records have the keys 0 to so many less one, again and again.'),
  ...outputOption,
} as const

type ProducerInvocation = Invocation<typeof options>

export const kafkaVerifiableProducer = defineTool({
  name: 'kafka-verifiable-producer',
  summary: 'Writes numbers, and says in JSON what became of each.',
  options,
  async run(invocation) {
    const { options: values, io, print } = invocation
    check(invocation)
    const startMs = Date.now()
    const event = eventPrinter(print)
    const producer = new KafkaProducer(settings(invocation))
    const counts = { sent: 0, acked: 0 }
    try {
      event('startup_complete')
      await produce(producer, { invocation, event, counts, startMs, signal: io.interruption() })
    } finally {
      await producer.close()
    }
    event('shutdown_complete')
    const avgThroughput = (1000 * counts.acked) / (Date.now() - startMs)
    const throughputs = { target_throughput: values.throughput, avg_throughput: avgThroughput }
    event('tool_data', { sent: counts.sent, acked: counts.acked, ...throughputs })
  },
})

interface Run {
  readonly invocation: ProducerInvocation
  readonly event: PrintEvent
  readonly counts: { sent: number; acked: number }
  readonly startMs: number
  readonly signal: AbortSignal
}

async function produce(
  producer: KafkaProducer<Bytes | null, Bytes | null>,
  { invocation: { options: values, io }, event, counts, startMs, signal }: Run,
): Promise<void> {
  const { topic = '', 'value-prefix': prefix, 'repeating-keys': keys } = values
  const throttler = new ThroughputThrottler(values.throughput, startMs)
  const count = values['max-messages'] < 0 ? Number.POSITIVE_INFINITY : values['max-messages']
  let createMs = values['message-create-time']
  let turnMs = startMs
  for (let number = 0; number < count && !signal.aborted; number++) {
    const nowMs = Date.now()
    const key = keys === undefined ? null : String(keys > 0 ? number % keys : number)
    const value = prefix === undefined ? String(number) : `${prefix}.${number}`
    const timestamp = createMs === -1 ? {} : { timestamp: createMs }
    if (createMs !== -1) createMs += nowMs - startMs
    counts.sent += 1
    const record = { topic, key: key === null ? null : Buffer.from(key), value: Buffer.from(value), ...timestamp }
    const hasRoom = producer.trySend(record, (error, metadata) => {
      if (error === null) {
        counts.acked += 1
        const { partition, offset } = metadata ?? { partition: -1, offset: -1 }
        event('producer_send_success', { key, value, offset, topic, partition })
      } else {
        event('producer_send_error', { topic, key, value, exception: error.code, message: error.message })
      }
    })
    if (!hasRoom) await Promise.race([producer.drained(), aborted(signal)])
    if (throttler.isAhead(number, nowMs)) await throttler.throttle(signal)
    if (nowMs !== turnMs) {
      await roomOn(io.stdout)
      await nextTurn()
      turnMs = Date.now()
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Errors: UsageError. */
function check({ given }: ProducerInvocation): void {
  if (!given.has('topic')) throw new UsageError('argument --topic is required')
  if (given.has('bootstrap-server') && given.has('broker-list')) {
    throw new UsageError('argument --broker-list: not allowed with argument --bootstrap-server')
  }
  if (!given.has('bootstrap-server') && !given.has('broker-list')) {
    throw new UsageError('one of the arguments --bootstrap-server --broker-list is required')
  }
}

function settings({ options: values, complain }: ProducerInvocation) {
  const defaults = {
    'bootstrap.servers': values['bootstrap-server'] ?? values['broker-list'] ?? '',
    acks: values.acks,
    retries: '0',
  }
  return clientSettings('producer', { file: values['producer.config'], defaults }, complain)
}
