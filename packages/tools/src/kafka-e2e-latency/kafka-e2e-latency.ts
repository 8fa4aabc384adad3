/** `kafka-e2e-latency`: how long a record takes from a producer to a consumer (`EndToEndLatency`). */
import { KafkaAdminClient, KafkaConsumer, KafkaProducer } from '@millrace/client'
import { clientSettings } from '../command-line/client-settings.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { fixed } from '../measuring/java-number.js'
import { percentiles } from '../measuring/latency-percentiles.js'
import { roundTrip } from './round-trip.js'

const options = { ...outputOption } as const

const WORDS = 'broker_list topic num_messages producer_acks message_size_bytes [optional] properties_file'
const PROGRESS_EVERY = 1000
const NANOSECONDS = 1_000_000

type LatencyInvocation = Invocation<typeof options>

interface Plan {
  readonly brokers: string
  readonly topic: string
  readonly count: number
  readonly acks: string
  readonly size: number
  readonly file: string | undefined
}

export const kafkaE2eLatency = defineTool({
  name: 'kafka-e2e-latency',
  summary: 'Measures how long a record takes from a producer to a consumer.',
  options,
  words: WORDS,
  async run(invocation) {
    const plan = planOf(invocation.words)
    await using consumer = new KafkaConsumer(consumerSettings(plan, invocation))
    await using producer = new KafkaProducer(producerSettings(plan))
    await createIfMissing(plan, invocation)
    const partitions = await producer.partitionsFor(plan.topic)
    consumer.assign(partitions.map(({ partition }) => ({ topic: plan.topic, partition })))
    consumer.seekToEnd(consumer.assignment())
    for (const partition of consumer.assignment()) await consumer.position(partition)
    const signal = invocation.io.interruption()
    const wakeUp = () => consumer.wakeup()
    signal.addEventListener('abort', wakeUp, { once: true })
    await measure(plan, invocation, signal, (message) =>
      roundTrip(producer, consumer, { topic: plan.topic, message, signal }),
    )
    signal.removeEventListener('abort', wakeUp)
    // A record that is under way when it is interrupted is not waited for.
    if (signal.aborted) await producer.close({ timeoutMs: 0 })
  },
})

/** Errors: ToolError. */
function planOf(words: readonly string[]): Plan {
  if (words.length !== 5 && words.length !== 6) throw new ToolError(`USAGE: kafka-e2e-latency ${WORDS}`)
  const [brokers = '', topic = '', count = '', acks = '', size = '', file = ''] = words
  if (!['1', 'all'].includes(acks)) {
    throw new ToolError('Latency testing requires synchronous acknowledgement. Please use 1 or all')
  }
  return {
    brokers,
    topic,
    count: wholeNumber('num_messages', count),
    acks,
    size: wholeNumber('message_size_bytes', size),
    file: file.trim() === '' ? undefined : file,
  }
}

function wholeNumber(name: string, text: string): number {
  const number = /^\+?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number < 2 ** 31) return number
  throw new ToolError(`${name}: '${text}' is not a whole number`)
}

/** Tells the figures of as many records as were measured until it is interrupted. */
async function measure(
  { count, size }: Plan,
  { options: { output }, print }: LatencyInvocation,
  signal: AbortSignal,
  send: (message: Buffer) => Promise<number | undefined>,
): Promise<void> {
  const latenciesMs = new Int32Array(count)
  let totalNs = 0
  let done = 0
  while (done < count && !signal.aborted) {
    const elapsedNs = await send(Buffer.alloc(size, 65 + Math.floor(Math.random() * 26)))
    if (elapsedNs === undefined) break
    if (done % PROGRESS_EVERY === 0) {
      const latencyMs = elapsedNs / NANOSECONDS
      print(output === 'json' ? json({ kind: 'message', number: done, latencyMs }) : `${done}\t${latencyMs}`)
    }
    totalNs += elapsedNs
    latenciesMs[done] = Math.trunc(elapsedNs / NANOSECONDS)
    done += 1
  }
  if (signal.aborted && done === 0) return
  const averageMs = totalNs / done / NANOSECONDS
  const percentilesMs = percentiles(latenciesMs, done, [0.5, 0.99, 0.999])
  if (output === 'json') {
    print(json({ kind: 'total', messages: done, averageMs, percentilesMs }))
    return
  }
  const [p50, p99, p999] = percentilesMs
  print(`Avg latency: ${fixed(averageMs, 4)} ms`)
  print(`Percentiles: 50th = ${p50}, 99th = ${p99}, 99.9th = ${p999}`)
}

async function createIfMissing(plan: Plan, { options: { output }, print, complain }: LatencyInvocation): Promise<void> {
  const { brokers, file, topic } = plan
  const config = clientSettings('admin', { file, fixed: { 'bootstrap.servers': brokers } }, () => {})
  await using admin = new KafkaAdminClient(config)
  if ((await admin.listTopics({ listInternal: true })).has(topic)) return
  const tell = output === 'json' ? complain : print
  tell(`Topic "${topic}" does not exist. Will create topic with 1 partition(s) and replication factor = 1`)
  try {
    await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1 }])
  } catch (error) {
    tell(`Creation of topic ${topic} failed`)
    throw error
  }
}

function consumerSettings({ brokers, file }: Plan, { complain }: LatencyInvocation) {
  const fixed = {
    'bootstrap.servers': brokers,
    'group.id': `test-group-${Date.now()}`,
    'enable.auto.commit': 'false',
    'auto.offset.reset': 'latest',
    'fetch.max.wait.ms': '0',
  }
  return clientSettings('consumer', { file, fixed }, complain)
}

function producerSettings({ brokers, file, acks }: Plan) {
  const fixed = { 'bootstrap.servers': brokers, 'linger.ms': '0', acks }
  // Unknown settings of the file were told by the consumer.
  return clientSettings('producer', { file, fixed }, () => {})
}
