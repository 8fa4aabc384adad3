// kafka-python as its maker publishes it today, told to speak as with brokers of every version from 0.11 on, and left to
// find out by itself. What is older needs Produce and Fetch of before 0.11, which nobody serves since Kafka 4: that must
// fail at once, and our log must say why.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { findPython } from '../lib/prerequisites.mjs'
import { pythonPackages } from '../lib/python.mjs'

const kafkaPython = 'kafka-python==3.0.12'

const packages = await pythonPackages(kafkaPython)
const broker = await brokerForFile({ after })
const sharedHelpers = new URL('../python', import.meta.url).pathname

testProgram(kafkaPython, () => ({
  command: findPython(),
  args: ['-u', new URL('client.py', import.meta.url).pathname, broker.bootstrap, target],
  env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: [packages, sharedHelpers].join(':') },
}))

// Apache closes the connection as we do, and says why on a logger of its own.
test('the broker says which versions it does not serve', { skip: target !== 'millrace' }, () => {
  for (const api of ['Produce', 'Fetch']) {
    assert.match(broker.output, new RegExp(`reason=${api} version [0-3] is not served`), broker.output.slice(-3000))
  }
})
