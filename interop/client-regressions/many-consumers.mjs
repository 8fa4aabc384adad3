// So many members of one group in one process read a topic to its end.
import { KafkaConsumer } from '../../packages/client/dist/index.js'

const [bootstrap, count, expected] = process.argv.slice(2)
const stop = new AbortController()
let records = 0

async function read() {
  const consumer = new KafkaConsumer({
    'bootstrap.servers': bootstrap,
    'group.id': 'many-consumers',
    'auto.offset.reset': 'earliest',
    'partition.assignment.strategy': ['cooperative-sticky'],
  })
  consumer.subscribe('shared')
  for await (const _ of consumer.records({ signal: stop.signal })) {
    records++
    if (records >= Number(expected)) stop.abort()
  }
  return consumer
}

const consumers = await Promise.all(Array.from({ length: Number(count) }, read))
console.log(`${records} records, done`)
await Promise.all(consumers.map((consumer) => consumer.close()))
