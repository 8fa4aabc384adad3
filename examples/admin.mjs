// Topics, their settings and offsets, groups: node examples/admin.mjs
import { KafkaAdminClient } from '@millrace/client'

const admin = new KafkaAdminClient({ 'bootstrap.servers': process.env.BOOTSTRAP_SERVERS ?? 'localhost:9092' })
const topic = `clicks-${Date.now()}`

const { nodes, controller } = await admin.describeCluster()
console.log(`${nodes.length} broker, and ${controller?.id} is the controller.`)

// Awaited, a call throws when something failed.
await admin.createTopics([{ name: topic, numPartitions: 2, configs: { 'retention.ms': '86400000' } }])
await admin.incrementalAlterConfigs([
  { resource: { type: 'TOPIC', name: topic }, ops: [{ name: 'retention.ms', op: 'SET', value: '3600000' }] },
])
const configs = await admin.describeConfigs([{ type: 'TOPIC', name: topic }])
console.log(`retention.ms is ${configs.get(topic).get('retention.ms').value}.`)

const partitions = [0, 1].map((partition) => ({ topic, partition }))
const ends = await admin.listOffsets(partitions.map((partition) => [partition, 'latest']))
for (const [{ partition }, { offset }] of ends) console.log(`Partition ${partition} ends at ${offset}.`)

for (const { groupId, state } of await admin.listConsumerGroups()) console.log(`Group ${groupId} is ${state}.`)

// With settled() each has its own outcome, and nothing throws.
for (const [name, outcome] of await admin.deleteTopics([topic, 'not-there']).settled()) {
  console.log(name, 'error' in outcome ? outcome.error.code : 'is deleted')
}
await admin.close()
