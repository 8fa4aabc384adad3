// A load on a ZooKeeper server, by our client: some sessions, each with so many requests under way at any time.
//   node zookeeper.mjs '{"port":2181,"kind":"multi","operations":50000,"sessions":4,"window":64}'
// Prints `{ perSecond, operations }`. The nodes of a multi lie under a folder of their own, which is left behind.
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'

const { port, kind, operations, sessions, window } = JSON.parse(process.argv[2])
const data = Buffer.alloc(100, 'x')
const guard = '/guard'
const folder = `/load-${process.pid}-${Date.now()}`
/** As wide as a busy folder of Kafka's. */
const nodesPerFolder = 1000

const loads = {
  /** As a controller of Kafka's writes: only while its epoch is the newest. */
  multi(client, index) {
    return client.multi([
      { kind: 'check', path: guard, version: 0 },
      { kind: 'create', path: `${folder}/${Math.floor(index / nodesPerFolder)}/${index}`, data },
    ])
  },
  getData(client, index) {
    return client.getData(`${folder}/0/${index % nodesPerFolder}`)
  },
}

const clients = await Promise.all(
  Array.from({ length: sessions }, () => connectZooKeeper({ connectString: `127.0.0.1:${port}` })),
)
const [first] = clients
await first.create(guard, null).catch((error) => {
  if (error.code !== 'NODEEXISTS') throw error
})
await first.create(folder, null)
for (let each = 0; each * nodesPerFolder < operations; each++) await first.create(`${folder}/${each}`, null)
if (kind === 'getData') {
  await Promise.all(Array.from({ length: nodesPerFolder }, (_, index) => first.create(`${folder}/0/${index}`, data)))
}

let next = 0
const startedAt = performance.now()
const worker = async (client) => {
  while (next < operations) await loads[kind](client, next++)
}
await Promise.all(clients.flatMap((client) => Array.from({ length: window }, () => worker(client))))
const perSecond = operations / ((performance.now() - startedAt) / 1000)
await Promise.all(clients.map((client) => client.close()))
console.log(JSON.stringify({ perSecond, operations }))
