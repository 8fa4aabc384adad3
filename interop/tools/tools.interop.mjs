// Kafka's command lines: Apache's tools of 3.9 and ours run the same scripts on the same broker, and print the same.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { brokerForFile } from '../lib/brokers.mjs'
import { compareScript } from './compare.mjs'

const scripts = ['topics', 'console', 'groups', 'configs']

const broker = await brokerForFile({ after })
const tools = await Tools.of('kafka-3.9')
after(() => tools.close())

for (const name of scripts) {
  test(`${name}: the same output, line by line, and exit codes`, async () => {
    const { steps } = await import(`./scripts/${name}.mjs`)
    const differences = await compareScript({ tools, broker, steps })
    assert.equal(differences.length, 0, `\n${differences.join('\n\n')}`)
  })
}
