import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext } from 'node:test'
import { type Broker, startBroker } from '@millrace/broker'
import { defer } from './defer.js'
import { RawClient } from './raw-client.js'
import { bootstrapOf, quiet, settings } from './temporary-broker.js'

export interface SharedBroker {
  /** `127.0.0.1:port`; known once the tests run. */
  readonly bootstrap: string
  /** A connection of the test's own. */
  connect(t: TestContext): Promise<RawClient>
}

/** One broker for all tests of a file: for those that stay out of each other's topics and groups. */
export function sharedBroker(properties: Readonly<Record<string, string>> = {}): SharedBroker {
  let dir = ''
  let broker: Broker | undefined
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'millrace-shared-'))
    broker = await startBroker({ properties: new Map(Object.entries(settings(dir, properties))), logger: quiet })
  })
  after(async () => {
    await broker?.close()
    await rm(dir, { recursive: true, force: true })
  })
  const shared = {
    get bootstrap() {
      return bootstrapOf(broker as Broker)
    },
    connect: async (t: TestContext) => {
      const client = await RawClient.connect(shared.bootstrap)
      defer(t, () => client.close())
      return client
    },
  }
  return shared
}
