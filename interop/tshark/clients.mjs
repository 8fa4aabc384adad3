// Clients that are put to work in front of tshark.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { compileJava, javaArgs } from '../lib/java.mjs'
import { interopDir, rootDir } from '../lib/paths.mjs'
import { findPython } from '../lib/prerequisites.mjs'
import { mustRun } from '../lib/programs.mjs'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export const clients = {
  kcat: async (bootstrap) => {
    for (const codec of codecs) {
      const topic = `kcat-${codec}`
      await mustRun('kcat', ['-P', '-b', bootstrap, '-t', topic, '-z', codec, '-H', 'header=value', '-K:'], {
        input: 'a:1\nb:2\n',
      })
      await mustRun('kcat', ['-C', '-b', bootstrap, '-t', topic, '-c', '2', '-o', 'beginning', '-q'])
    }
    await mustRun('kcat', ['-L', '-b', bootstrap])
    await mustRun('kcat', [
      '-G',
      'kcat-group',
      '-b',
      bootstrap,
      '-c',
      '2',
      '-q',
      '-X',
      'auto.offset.reset=earliest',
      'kcat-lz4',
    ])
  },
  'confluent-kafka': (bootstrap) => python(bootstrap, 'confluent_client.py'),
  'kafka-python': (bootstrap) => python(bootstrap, 'kafka_python_client.py'),
  kafkajs,
  'Java 2.5': (bootstrap) => java(bootstrap, 'kafka-2.5', ['src', 'only-2.5', 'before-4']),
  'Java 4.x': (bootstrap) => java(bootstrap, 'kafka-4.x', ['src', 'since-3', 'since-4']),
}

async function python(bootstrap, file) {
  const env = { PYTHONDONTWRITEBYTECODE: '1' }
  await mustRun(findPython(), ['-u', join(interopDir, 'python', file), bootstrap], { env, timeoutMs: 200_000 })
}

async function java(bootstrap, line, folders) {
  const sources = folders.map((folder) => join(interopDir, 'java-clients', folder))
  const classes = await compileJava('java-clients', line, sources)
  const args = [...javaArgs(line, { classes: [classes] }), 'Main', bootstrap, `shark-${line}`, 'recorded']
  await mustRun('java', args, { timeoutMs: 200_000 })
}

async function kafkajs(bootstrap) {
  const { Kafka, logLevel } = createRequire(join(rootDir, 'test', 'package.json'))('kafkajs')
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer({ idempotent: true })]
  const consumer = kafka.consumer({ groupId: 'kafkajs' })
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
  await admin.createTopics({ topics: [{ topic: 'kafkajs', numPartitions: 2 }], waitForLeaders: true })
  await producer.send({ topic: 'kafkajs', messages: [{ key: 'k', value: 'v', headers: { a: 'b' } }] })
  await consumer.subscribe({ topics: ['kafkajs'], fromBeginning: true })
  await new Promise((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
    void consumer.run({ eachMessage: async () => resolve() })
  })
  await admin.describeGroups(['kafkajs'])
  await admin.fetchOffsets({ groupId: 'kafkajs', topics: ['kafkajs'] })
  await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
}
