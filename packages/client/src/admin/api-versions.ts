/** Which versions of which calls brokers know: what a client finds out when it connects. */
import { type AnyApi, apiByKey, apis, type VersionRange } from '@millrace/protocol'
import type { CallOptions } from '../ports.js'
import { SOFTWARE } from '../software.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { named } from './locators.js'
import { outcome } from './refusals.js'

/** A call of Kafka's protocol, as a broker and this client know it. */
export interface ApiVersions {
  readonly key: number
  /** Undefined: this client does not know it. */
  readonly name: string | undefined
  /** Undefined: the broker does not know it. */
  readonly broker: VersionRange | undefined
  /** Undefined: this client does not know it. */
  readonly client: VersionRange | undefined
}

export function describeApiVersions(
  driver: AdminDriver,
  brokers: readonly number[],
  options: CallOptions,
): AdminResult<number, readonly ApiVersions[]> {
  return driver.each('describeApiVersions', options, () => ({
    keys: brokers,
    locator: named((brokerId: number) => brokerId),
    ask: async (call: Call, target: Answerer, brokerIds: readonly number[]) => {
      const body = { clientSoftwareName: SOFTWARE.name, clientSoftwareVersion: SOFTWARE.version }
      const response = await call.ask(target, apis.ApiVersions, body)
      const answer = outcome(response, () => {
        const known = Object.values<AnyApi>(apis).map((api) => api.key)
        const byKey = new Map(
          response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
        )
        return [...new Set([...known, ...byKey.keys()])]
          .sort((a, b) => a - b)
          .map((key): ApiVersions => {
            const api = apiByKey(key)
            return { key, name: api?.name, broker: byKey.get(key), client: api?.versions }
          })
      })
      return brokerIds.map((brokerId) => [brokerId, answer] as const)
    },
  }))
}
