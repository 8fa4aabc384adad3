import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startBroker } from '@millrace/broker'

export interface TestBroker {
  /** `127.0.0.1:port` */
  readonly bootstrap: string
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * The broker that a test talks to: the one at `MILLRACE_TEST_BOOTSTRAP`, else one in this process, which ends with the test.
 * `properties` are for the latter only.
 */
export async function testBroker(
  t: Pick<TestContext, 'after'>,
  properties: Readonly<Record<string, string>> = {},
): Promise<TestBroker> {
  const { MILLRACE_TEST_BOOTSTRAP: given } = process.env
  if (given !== undefined && given !== '') return { bootstrap: given }
  const dir = await mkdtemp(join(tmpdir(), 'millrace-client-test-'))
  const settings = {
    'broker.id': '0',
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': join(dir, 'kafka-logs'),
    'millrace.store.dir': join(dir, 'zookeeper'),
    'zookeeper.embedded.port': '-1',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '3',
    ...properties,
  }
  const broker = await startBroker({ properties: new Map(Object.entries(settings)), logger: silent })
  t.after(async () => {
    await broker.close()
    await rm(dir, { recursive: true, force: true })
  })
  return { bootstrap: `127.0.0.1:${broker.listeners[0]?.port}` }
}

let named = 0

/** Another one in each test and run, so that one broker serves many. */
export function freshName(prefix: string): string {
  return `${prefix}-${process.pid}-${Date.now()}-${named++}`
}
