// The clients that are compared, ours first: all others are compared with it. A client is
//   name, title    what `--clients` names, and what the table shows
//   adapter        the file in programs/adapters/ that drives it; Java has a program of its own
//   module         what the adapter loads
//   node           the Node that runs it, if it is not this one
//   ready          makes it available; throws what it lacks
//   settings       what it gets beyond its defaults, but acks=all and idempotence
//   isFast         it gets many records to consume, so that it works for seconds
//   loads          what it takes part in, as a regular expression on workloads' names; default all
import { fileURLToPath } from 'node:url'
import { fetchJars } from '../../interop/lib/java.mjs'
import { installNpmPackages, npmPackagesOf } from '../../interop/lib/npm-packages.mjs'
import { installPrerequisites } from '../../interop/lib/prerequisites.mjs'
import { clientLine, hasJava } from '../lib/java-tools.mjs'
import { packClient, packedModule } from './lib/packed-client.mjs'

const node24 = `${npmPackagesOf('bench-node-24')}/node/bin/node`
const confluentModule = `${npmPackagesOf('bench-confluent')}/@confluentinc/kafka-javascript`
const producing = /^(single|batch|burst|stream|end-to-end|first)/

export const clients = [
  { name: 'ours', title: 'ours', adapter: 'ours', module: packedModule, isFast: true, ready: packClient },
  ...['iterator', 'batches', 'run'].map((way) => ({
    name: `ours-${way}`,
    title: `ours, ${way}`,
    adapter: 'ours',
    module: packedModule,
    way,
    isFast: true,
    ready: packClient,
    loads: /^consume/,
  })),
  { name: 'kafkajs', title: 'kafkajs', adapter: 'kafkajs', module: 'kafkajs', loads: /^(?!consume-(lz4|zstd))/ },
  {
    name: 'platformatic-1',
    title: 'platformatic 1',
    adapter: 'platformatic',
    module: '@platformatic/kafka',
    // Idempotent, it fails when several sends are under way. It decompresses Zstandard with what Node has since 22.15.
    loads: /^(?!consume-zstd)/,
  },
  {
    name: 'platformatic-2',
    title: 'platformatic 2 (Node 24)',
    adapter: 'platformatic',
    module: 'platformatic-kafka-2',
    node: node24,
    settings: { idempotent: true },
    ready: () => installPinned('node-24'),
  },
  {
    name: 'node-rdkafka',
    title: 'node-rdkafka',
    adapter: 'node-rdkafka',
    module: `${npmPackagesOf('node-rdkafka')}/node-rdkafka`,
    ready: () => installPrerequisites(['node-rdkafka']),
  },
  {
    name: 'confluent-linger-0',
    title: 'Confluent, linger 0',
    adapter: 'confluent',
    module: confluentModule,
    settings: { 'linger.ms': 0 },
    ready: installConfluent,
    loads: producing,
  },
  { name: 'confluent', title: 'Confluent', adapter: 'confluent', module: confluentModule, ready: installConfluent },
  {
    name: 'java',
    title: 'Java',
    isFast: true,
    loads: /^(stream|consume)/,
    async ready() {
      if (!hasJava()) throw new Error('there is no Java')
      await fetchJars(clientLine)
    },
  },
]

/** It is linked with the system's libraries: without that, its build would fetch their sources. */
async function installConfluent() {
  await installPrerequisites(['compiler', 'curl-headers'])
  await installPinned('confluent', { CKJS_LINKING: 'dynamic', npm_config_build_from_source: 'true' })
}

function installPinned(name, env = {}) {
  return installNpmPackages(`bench-${name}`, { from: fileURLToPath(new URL(`packages/${name}`, import.meta.url)), env })
}
