// `npm run bench`: our broker and Apache's under the same loads, as a table of ratios. See benchmarks/README.md.
//   npm run bench                                                    everything
//   npm run bench -- --quick --only produce-1k --peer apache-3.9     one row, in half a minute
//   npm run bench -- --ours-only --only consume --cpu-prof /tmp/p    our broker alone, with a profile of it

const { parseArgs } = await import('node:util')
const { setup } = await import('./setup.mjs')

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    peer: { type: 'string', multiple: true },
    'ours-only': { type: 'boolean' },
    'without-java': { type: 'boolean' },
    core: { type: 'string' },
    pinning: { type: 'string' },
    'cpu-prof': { type: 'string' },
    json: { type: 'string' },
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
await setup()
const { bench } = await import('../benchmarks/bench.mjs')
try {
  const complete = await bench({
    only: values.only,
    quick: values.quick,
    rounds: values.rounds && Number(values.rounds),
    peers: values.peer,
    oursOnly: values['ours-only'],
    withoutJava: values['without-java'],
    core: values.core && Number(values.core),
    pinning: values.pinning,
    cpuProf: values['cpu-prof'],
    json: values.json,
  })
  process.exit(complete ? 0 : 1)
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
