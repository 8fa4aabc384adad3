// Kafka's command lines: Apache's tools and ours run the same scripts on the same broker, and print the same. Ours have the
// options and the output of 3.9; with the tools of 2.5 and 4.x the scripts are those about what did not change.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { startServer } from '../zookeeper/servers.mjs'
import { compareScript } from './compare.mjs'

const scripts = {
  'kafka-3.9': [
    'topics',
    'console',
    'groups',
    'configs',
    'records',
    'cluster',
    'controllers',
    'acls',
    'transactions',
    'moves',
    'perf',
  ],
  'kafka-2.5': ['core', 'old-spellings'],
  'kafka-4.x': ['core', 'features', 'controllers-since-4'],
}

const authorizers = {
  'apache-2.5': 'kafka.security.authorizer.AclAuthorizer',
  'apache-3.9': 'kafka.security.authorizer.AclAuthorizer',
  'apache-3.9-kraft': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'apache-4.x': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
}

const usesZooKeeper = ['millrace', 'apache-2.5', 'apache-3.9'].includes(target)
const server = usesZooKeeper ? await startServer(target === 'millrace' ? 'millrace' : 'apache') : undefined
const zookeeper = server?.address
const properties = {
  ...(usesZooKeeper ? { 'zookeeper.connect': zookeeper } : {}),
  // Ours has no authorizer.
  ...(target in authorizers ? { 'authorizer.class.name': authorizers[target], 'super.users': 'User:ANONYMOUS' } : {}),
}
const broker = await brokerForFile({ after }, { properties })
after(() => server?.dispose())

for (const [line, names] of Object.entries(scripts)) {
  const tools = await Tools.of(line)
  after(() => tools.close())
  for (const name of names) {
    test(`${name}, beside the tools of ${line}: the same output, line by line, and exit codes`, async () => {
      const script = await import(`./scripts/${name}.mjs`)
      const differences = await compareScript(`${name}-${line.at(-1)}`, script, { tools, broker, zookeeper })
      assert.equal(differences.length, 0, `\n${differences.join('\n\n')}`)
    })
  }
}
