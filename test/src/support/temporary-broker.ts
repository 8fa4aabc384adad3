import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Broker, type Logger, startBroker } from '@millrace/broker'

import { defer } from './defer.js'

export interface TemporaryBroker {
  readonly broker: Broker
  /** `127.0.0.1:port` */
  readonly bootstrap: string
  readonly dir: string
}

/** A broker in this process, on a free port, with its data in a folder that goes with the test. */
export async function temporaryBroker(
  t: TestContext,
  properties: Readonly<Record<string, string>> = {},
  logger: Logger = quiet,
): Promise<TemporaryBroker> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-test-'))
  defer(t, () => rm(dir, { recursive: true, force: true }))
  return await brokerOn(t, dir, properties, logger)
}

/** A broker on a folder that is there already: one that was stopped, started again. */
export async function brokerOn(
  t: TestContext,
  dir: string,
  properties: Readonly<Record<string, string>> = {},
  logger: Logger = quiet,
): Promise<TemporaryBroker> {
  const broker = await startBroker({ properties: new Map(Object.entries(settings(dir, properties))), logger })
  defer(t, () => broker.close())
  return { broker, bootstrap: bootstrapOf(broker), dir }
}

/** Settings that suit a test: few internal partitions, no waiting for more members. */
export function settings(dir: string, properties: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'broker.id': '0',
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': join(dir, 'kafka-logs'),
    'millrace.store.dir': join(dir, 'zookeeper'),
    'zookeeper.embedded.port': '0',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '3',
    ...properties,
  }
}

export function bootstrapOf(broker: Broker): string {
  return `127.0.0.1:${broker.listeners[0]?.port}`
}

/** Only what must not be overlooked in a test run. */
export const quiet: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (message, fields) => console.error(message, fields),
}
