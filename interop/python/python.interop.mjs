// Debian's Python clients: python3-confluent-kafka 1.7 (librdkafka 2.0) and python3-kafka 2.0 (its own protocol stack,
// no flexible versions). Both: topics, every codec, a group of two with a rebalance, commit and resumption, seek by
// time, the admin calls they have.
import { after } from 'node:test'
import { brokerForFile } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { findPython } from '../lib/prerequisites.mjs'

const broker = await brokerForFile({ after })

for (const [title, file] of [
  ['confluent-kafka', 'confluent_client.py'],
  ['kafka-python', 'kafka_python_client.py'],
]) {
  testProgram(title, () => ({
    command: findPython(),
    args: ['-u', new URL(file, import.meta.url).pathname, broker.bootstrap],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  }))
}
