import { apis } from '@millrace/protocol'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { KafkaAggregateError } from './admin-result.js'
import type { AdminDriver, Answer, Call } from './driver.js'
import { named } from './locators.js'

/** Asks every broker that is there now. Errors: KafkaAggregateError by broker, if one of them could not tell. */
export async function askAllBrokers<T>(
  driver: AdminDriver,
  what: string,
  options: CallOptions,
  ask: (call: Call, brokerId: number) => Promise<Answer<T>>,
): Promise<readonly T[]> {
  const timeLeft = driver.sharedTime(options)
  // Brokers that have come or gone are not to be missed, or waited for.
  const brokerIds = await driver.one(what, options, 'any', async (call) => {
    const { brokers } = await call.ask('any', apis.Metadata, { topics: [] }, { min: 4 })
    return { value: brokers.map(({ nodeId }) => nodeId) }
  })
  const outcomes = await driver.run<number, T>(
    {
      what,
      keys: brokerIds,
      locator: named((brokerId) => brokerId),
      ask: async (call, _target, [brokerId = -1]) => [[brokerId, await ask(call, brokerId)]],
      passes: ({ code }) => code === 'COORDINATOR_LOAD_IN_PROGRESS' || code === 'COORDINATOR_NOT_AVAILABLE',
    },
    timeLeft(),
  )
  const errors = new Map<number, KafkaError>()
  const values: T[] = []
  for (const [brokerId, one] of outcomes) {
    if ('error' in one) errors.set(brokerId, one.error)
    else values.push(one.value)
  }
  if (errors.size > 0) throw new KafkaAggregateError(what, errors)
  return values
}
