// `npm run bench:client`: our client beside others, against one broker. See benchmarks/README.md.
//   npm run bench:client                                              everything, twenty minutes
//   npm run bench:client -- --quick --only stream --clients ours,kafkajs
//   npm run bench:client -- --quick --only single --clients ours --cpu-prof /tmp/p

const { parseArgs } = await import('node:util')
const { setup } = await import('./setup.mjs')

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    clients: { type: 'string' },
    broker: { type: 'string' },
    core: { type: 'string' },
    'cpu-prof': { type: 'string' },
    json: { type: 'string' },
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
await setup()
const { benchClient } = await import('../benchmarks/client/bench-client.mjs')
try {
  const complete = await benchClient({
    only: values.only,
    quick: values.quick,
    rounds: values.rounds && Number(values.rounds),
    clients: values.clients?.split(','),
    broker: values.broker,
    core: values.core && Number(values.core),
    cpuProf: values['cpu-prof'],
    json: values.json,
  })
  process.exit(complete ? 0 : 1)
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
