// The same member as src/Member.java, with @millrace/client: what it owns and reads, a line each, until its input ends.
import { KafkaConsumer, Serdes } from '../../packages/client/dist/index.js'

const [bootstrap, group, topic, assignors] = process.argv.slice(2)
const consumer = new KafkaConsumer({
  'bootstrap.servers': bootstrap,
  'group.id': group,
  'partition.assignment.strategy': assignors,
  'auto.offset.reset': 'earliest',
  'enable.auto.commit': false,
  'session.timeout.ms': 3000,
  'heartbeat.interval.ms': 200,
  'fetch.max.wait.ms': 100,
  valueDeserializer: Serdes.string,
})
consumer.subscribe(topic)
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()
let owned = ''
while (!isOver) {
  const records = await consumer.poll({ timeoutMs: 50 })
  const partitions = consumer.assignment().map(({ partition }) => partition)
  const now = partitions.sort((a, b) => a - b).join()
  if (now !== owned) console.log(`owns ${now}`)
  owned = now
  for (const { partition, offset, value } of records) console.log(`read ${partition} ${offset} ${value}`)
  if (!records.isEmpty()) await consumer.commitSync()
}
await consumer.close()
process.exit()
