// A member that is killed with -9 and started again. Each record is in its file before the next one is asked for, which is
// before it can be committed.
import { openSync, writeSync } from 'node:fs'
import { KafkaConsumer, Serdes } from '../../packages/client/dist/index.js'
import { consumerSettings, killedGroup, topic } from './settings.mjs'

const [bootstrap, file] = process.argv.slice(2)
const seen = openSync(file, 'a')
const consumer = new KafkaConsumer({
  'bootstrap.servers': bootstrap,
  'group.id': killedGroup,
  valueDeserializer: Serdes.string,
  ...consumerSettings,
  'partition.assignment.strategy': ['cooperative-sticky'],
})
consumer.subscribe(topic)
const counts = {}
const timer = setInterval(() => process.send?.({ counts }), 500)
process.once('disconnect', async () => {
  clearInterval(timer)
  await consumer.close()
})
for await (const { partition, offset } of consumer) {
  writeSync(seen, `${partition} ${offset}\n`)
  counts[partition] = (counts[partition] ?? 0) + 1
}
