// kafka-python as its maker publishes it today, told to speak as with brokers of every version from 0.11 on, and left to
// find out by itself. What is older needs Produce and Fetch of before 0.11, which nobody serves since Kafka 4: that must
// fail at once, and our log must say why.
import { after, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { findPython } from '../lib/prerequisites.mjs'
import { until } from '../lib/programs.mjs'
import { pythonPackages } from '../lib/python.mjs'
import { RawClient } from '../lib/raw.mjs'

const kafkaPython = 'kafka-python==3.0.12'

const packages = await pythonPackages(kafkaPython)
const broker = await brokerForFile({ after })
const sharedHelpers = new URL('../python', import.meta.url).pathname

testProgram(kafkaPython, () => ({
  command: findPython(),
  args: ['-u', new URL('client.py', import.meta.url).pathname, broker.bootstrap, target],
  env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: [packages, sharedHelpers].join(':') },
}))

// Apache closes the connection as we do, and says why on a logger of its own. Ours has a few lines for that in ten
// seconds, and the clients may have used them up.
test('the broker says which versions it does not serve', { skip: target !== 'millrace' }, async () => {
  for (const [key, api] of ['Produce', 'Fetch'].entries()) {
    const asksAndIsTold = async () => {
      const client = await RawClient.connect(broker.bootstrap)
      client.send([Buffer.from([0, 0, 0, 10, 0, key, 0, 2, 0, 0, 0, 1, 255, 255])])
      await client.closed
      return broker.output.includes(`reason=${api} version 2 is not served`)
    }
    await until(asksAndIsTold, { what: `a line about ${api}`, timeoutMs: 20_000, everyMs: 1000 })
  }
})
