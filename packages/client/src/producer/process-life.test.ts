/** A program with a producer: it lives as long as something is awaited, and ends by itself when nothing is. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTopic } from '../testing/read-records.js'
import { freshName, testBroker } from '../testing/temporary-broker.js'

const cleanUp: (() => unknown)[] = []
let bootstrap = ''
before(async () => {
  bootstrap = (await testBroker({ after: (fn) => void cleanUp.push(fn as () => unknown) })).bootstrap
})
after(async () => {
  for (const clean of cleanUp) await clean()
})

const LIMIT_MS = 30_000
const clientUrl = new URL('../index.js', import.meta.url).href

/** What the program prints; it must end in time, and well. */
async function run(program: string, inputType: 'module' | 'commonjs' = 'module'): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`--input-type=${inputType}`, '-e', program], {
    timeout: LIMIT_MS,
  })
  return stdout.trim()
}

test('a program that waits for a broker that is not there gets its error, and ends', async () => {
  const output = await run(`
    import { KafkaProducer } from '${clientUrl}'
    const producer = new KafkaProducer({ 'bootstrap.servers': '127.0.0.1:1', 'max.block.ms': 300 })
    await producer.send({ topic: 't', value: 'v' }).catch((error) => console.log(error.code))
    await producer.partitionsFor('t').catch((error) => console.log(error.code))
  `)
  assert.equal(output, 'TIMEOUT\nTIMEOUT')
})

test('a program ends by itself after close, and sends what it has sent before', async () => {
  const topic = freshName('exits')
  await createTopic(bootstrap, topic, 1)
  const output = await run(`
    import { KafkaProducer } from '${clientUrl}'
    const producer = new KafkaProducer({ 'bootstrap.servers': '${bootstrap}' })
    const sent = producer.send({ topic: '${topic}', value: 'v' })
    await producer.close()
    console.log((await sent).offset)
  `)
  assert.equal(output, '0')
})

test('the client loads in a CommonJS program, by require', async () => {
  const path = JSON.stringify(fileURLToPath(clientUrl))
  const output = await run(`console.log(typeof require(${path}).KafkaProducer)`, 'commonjs')
  assert.equal(output, 'function')
})

test('the client loads in a worker thread', async () => {
  const output = await run(`
    import { Worker } from 'node:worker_threads'
    const code = "import('${clientUrl}').then(({ KafkaProducer }) => console.log(typeof KafkaProducer))"
    new Worker(code, { eval: true })
  `)
  assert.equal(output, 'function')
})
