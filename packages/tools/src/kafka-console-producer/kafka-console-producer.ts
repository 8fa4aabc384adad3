/** `kafka-console-producer`: each line of stdin is a record (`ConsoleProducer`). */
import { createInterface } from 'node:readline'
import {
  type Bytes,
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
} from '@millrace/client'
import { requireOptions } from '../command-line/checks.js'
import { clientSettings } from '../command-line/client-settings.js'
import { knownProperties } from '../command-line/known-properties.js'
import { flag, formerly, integer, long, optionalText, text, texts } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { LineParser, lineProperties } from './line-parser.js'

const bootstrapServer = text('host:port', 'Brokers to connect to first, separated by commas.')

const options = {
  'bootstrap-server': bootstrapServer,
  'broker-list': formerly('bootstrap-server', bootstrapServer),
  topic: text('topic', 'The topic to send to.'),
  sync: flag('Wait for each record’s acknowledgement before the next is read.'),
  'compression-codec': optionalText('codec', 'none, gzip, snappy, lz4 or zstd; gzip if it stands alone.'),
  'batch-size': integer('bytes', 'batch.size of the producer.', 16_384),
  'message-send-max-retries': integer('count', 'retries of the producer.', 3),
  'retry-backoff-ms': long('ms', 'retry.backoff.ms of the producer.', 100),
  timeout: long('ms', 'linger.ms of the producer.', 1000),
  'request-required-acks': text('acks', 'acks of the producer: -1 or all, 0, 1.', '-1'),
  'request-timeout-ms': integer('ms', 'request.timeout.ms of the producer.', 1500),
  'metadata-expiry-ms': long('ms', 'metadata.max.age.ms of the producer.', 300_000),
  'max-block-ms': long('ms', 'max.block.ms of the producer.', 60_000),
  'max-memory-bytes': long('bytes', 'buffer.memory of the producer.', 33_554_432),
  'max-partition-memory-bytes': integer('bytes', 'batch.size of the producer, before --batch-size.', 16_384),
  'socket-buffer-size': integer('bytes', 'Taken; the system chooses the size of socket buffers.', 102_400),
  'line-reader': text(
    'class',
    'What makes records of lines. Only Kafka’s LineMessageReader is there.',
    'LineMessageReader',
  ),
  property: texts(
    'key=value',
    'How lines are read: parse.key, key.separator (tab), parse.headers, headers.delimiter (tab), headers.separator (,), headers.key.separator (:), ignore.error, null.marker.',
  ),
  'reader-property': texts('key=value', 'The same as --property.'),
  'reader-config': text('file', 'A properties file with the same; --property comes first.'),
  'producer-property': texts('key=value', 'A setting of the producer.'),
  'producer.config': text('file', 'A properties file with settings of the producer.'),
  ...outputOption,
} as const

type ProducerInvocation = Invocation<typeof options>

/** Options that stand for a key of the producer: before it if they are given, behind it as a default (`maybeMergeOptions`). */
const keysOfOptions = {
  'retry-backoff-ms': 'retry.backoff.ms',
  timeout: 'linger.ms',
  'request-required-acks': 'acks',
  'request-timeout-ms': 'request.timeout.ms',
  'message-send-max-retries': 'retries',
  'max-memory-bytes': 'buffer.memory',
  'batch-size': 'batch.size',
  'max-partition-memory-bytes': 'batch.size',
  'metadata-expiry-ms': 'metadata.max.age.ms',
  'max-block-ms': 'max.block.ms',
} as const satisfies Partial<Record<keyof typeof options, string>>

export const kafkaConsoleProducer = defineTool({
  name: 'kafka-console-producer',
  summary: 'Sends each line of standard input as a record.',
  options,
  async run(invocation) {
    const { given, options: values, complain } = invocation
    requireOptions(given, 'topic')
    if (!given.has('bootstrap-server'))
      requireOptions(given, given.has('broker-list') ? 'broker-list' : 'bootstrap-server')
    const parser = lineParser(invocation)
    await using producer = new KafkaProducer<Bytes, Bytes>(settings(invocation))
    const records = new Records(producer, { sync: values.sync, json: values.output === 'json' }, invocation)
    try {
      await eachLine(invocation, (line) => {
        const { key, value, headers } = parser.parse(line)
        return records.send({ topic: values.topic ?? '', key, value, headers })
      })
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      complain(error.message)
      return 1
    }
    return 0
  },
})

function lineParser({ options: values, complain }: ProducerInvocation): LineParser {
  const reader = values['line-reader'].split('.').at(-1)
  if (reader !== 'LineMessageReader' && reader !== 'ConsoleProducer$LineMessageReader') {
    throw new ToolError(`--line-reader ${values['line-reader']} is a Java class, which cannot be loaded here.`)
  }
  const pairs = [...values.property, ...values['reader-property']]
  return new LineParser(knownProperties({ file: values['reader-config'], pairs, known: lineProperties }, complain))
}

function settings({ options: values, given, complain }: ProducerInvocation): ProducerConfig<Bytes, Bytes> {
  const defaults: Record<string, string> = { 'client.id': 'console-producer' }
  const fixed: Record<string, string> = {
    'bootstrap.servers': values['bootstrap-server'] ?? values['broker-list'] ?? '',
    'compression.type': values['compression-codec'] === '' ? 'gzip' : (values['compression-codec'] ?? 'none'),
  }
  for (const [option, key] of Object.entries(keysOfOptions) as [keyof typeof keysOfOptions, string][]) {
    const value = String(values[option])
    if (given.has(option)) fixed[key] = value
    else defaults[key] ??= value
  }
  const file = values['producer.config']
  return clientSettings(
    'producer',
    { file, pairs: values['producer-property'], defaults, fixed },
    complain,
  ) as ProducerConfig<Bytes, Bytes>
}

async function eachLine({ io }: ProducerInvocation, take: (line: string) => Promise<void> | undefined): Promise<void> {
  const isInteractive = io.stdin.isTTY === true && io.stdout.isTTY === true
  const lines = createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  const interrupted = io.interruption()
  interrupted.addEventListener('abort', () => lines.close(), { once: true })
  const prompt = () => isInteractive && io.stdout.write('>')
  prompt()
  for await (const line of lines) {
    const sent = take(line)
    if (sent !== undefined) await sent
    if (interrupted.aborted) return
    prompt()
  }
}

/** Sends, and says what could not be sent. */
class Records {
  readonly #producer: KafkaProducer<Bytes, Bytes>
  readonly #how: { readonly sync: boolean; readonly json: boolean }
  readonly #invocation: ProducerInvocation

  constructor(producer: KafkaProducer<Bytes, Bytes>, how: { sync: boolean; json: boolean }, it: ProducerInvocation) {
    this.#producer = producer
    this.#how = how
    this.#invocation = it
  }

  /** A promise if the next line has to wait. */
  send(record: ProducerRecord<Bytes, Bytes>): Promise<void> | undefined {
    if (this.#how.sync) return this.#producer.send(record).then((metadata) => this.#sent(metadata))
    const goesOn = this.#producer.trySend(record, (error, metadata) => {
      if (error === null) this.#sent(metadata)
      else this.#invocation.complain(`${failure(record)} ${error.message}`)
    })
    return goesOn ? undefined : this.#producer.drained()
  }

  #sent(metadata: RecordMetadata | null): void {
    if (this.#how.json && metadata !== null) this.#invocation.print(json(metadata))
  }
}

/** As Java's ErrorLoggingCallback begins. */
function failure({ topic, key, value }: ProducerRecord<Bytes, Bytes>): string {
  const size = (bytes: Bytes | null | undefined) => (bytes == null ? 'null' : `${Buffer.byteLength(bytes)} bytes`)
  return `Error when sending message to topic ${topic} with key: ${size(key)}, value: ${size(value)} with error:`
}
