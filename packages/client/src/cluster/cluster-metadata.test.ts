import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError } from '../errors.js'
import { silentLogger, systemClientPorts } from '../ports.js'
import { ClusterMetadata } from './cluster-metadata.js'

const answer = { brokers: [], topics: [], clusterId: 'c', controllerId: -1 } as never

/** Each try throws the next of `errors`, then there are answers. Timers only remember their delays, the short ones fire at once. */
function metadataWith(errors: KafkaError[]) {
  const told: string[] = []
  const delays: number[] = []
  let tries = 0
  const metadata = new ClusterMetadata({
    ask: async () => {
      tries++
      const error = errors.shift()
      if (error !== undefined) throw error
      return answer
    },
    maxAgeMs: 5000,
    retryBackoffMs: 10,
    retryBackoffMaxMs: 100,
    ports: {
      ...systemClientPorts,
      timers: {
        schedule: (delayMs, run) => {
          delays.push(delayMs)
          if (delayMs < 1000) setImmediate(run)
          return () => {}
        },
      },
    },
    logger: silentLogger,
  })
  metadata.onFailure(({ code }) => told.push(code))
  return { metadata, told, delays, tries: () => tries }
}

const wrongPassword = () => new KafkaError('SASL_AUTHENTICATION_FAILED', 'no', { fatal: true })

test('metadata: wrong credentials end the wait, and are not tried again before somebody asks', async () => {
  const { metadata, told, delays, tries } = metadataWith([wrongPassword(), wrongPassword()])
  await assert.rejects(metadata.update(), { code: 'SASL_AUTHENTICATION_FAILED' })
  await new Promise(setImmediate)
  assert.equal(tries(), 1)
  assert.deepEqual(told, ['SASL_AUTHENTICATION_FAILED'])
  assert.deepEqual(delays, [5000], 'only the refresh of old metadata is to come')
  await assert.rejects(metadata.topic('t'), { code: 'SASL_AUTHENTICATION_FAILED' })
  metadata.tryAgain()
  await new Promise(setImmediate)
  assert.equal(tries(), 3)
  metadata.tryAgain()
  await new Promise(setImmediate)
  assert.equal(tries(), 3, 'nothing is wrong: no other try')
  metadata.close(new KafkaError('CLOSED'))
})

test('metadata: what is not fatal is tried again, and nobody who waits hears of it', async () => {
  const errors = [new KafkaError('NETWORK_EXCEPTION'), new KafkaError('UNSUPPORTED_VERSION')]
  const { metadata, told, tries } = metadataWith(errors)
  await metadata.update()
  assert.equal(tries(), 3)
  assert.deepEqual(told, ['NETWORK_EXCEPTION', 'UNSUPPORTED_VERSION'])
  metadata.close(new KafkaError('CLOSED'))
})
