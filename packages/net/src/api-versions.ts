import { type AnyApi, type ApiVersionsResponse, apiByKey, apis, ErrorCode, type VersionRange } from '@millrace/protocol'
import type { Exchange } from './exchange.js'
import { NetworkError } from './network-error.js'

/** Which versions of each API a broker and this client share. */
export class SharedVersions {
  readonly #offered: ReadonlyMap<number, VersionRange>
  readonly #features: ReadonlyMap<string, number>

  constructor(
    response: Pick<ApiVersionsResponse, 'apiKeys'> & Partial<Pick<ApiVersionsResponse, 'finalizedFeatures'>>,
  ) {
    this.#features = new Map(response.finalizedFeatures?.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
    this.#offered = new Map(
      response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    )
  }

  /** The level of a feature that the cluster has agreed on (KIP-584), such as `transaction.version`; 0: none. */
  finalizedFeature(name: string): number {
    return this.#features.get(name) ?? 0
  }

  /** What the broker offers; undefined if it does not know the API. */
  offered(api: AnyApi): VersionRange | undefined {
    return this.#offered.get(api.key)
  }

  /** The highest shared version within `bounds`; undefined if there is none. */
  highest(api: AnyApi, bounds: Partial<VersionRange> = {}): number | undefined {
    const offered = this.#offered.get(api.key)
    if (offered === undefined) return undefined
    const max = Math.min(offered.max, api.versions.max, bounds.max ?? Number.POSITIVE_INFINITY)
    const min = Math.max(offered.min, api.versions.min, bounds.min ?? 0)
    return max < min ? undefined : max
  }

  /** The same. Errors: NetworkError UNSUPPORTED_VERSION. */
  pick(api: AnyApi, bounds: Partial<VersionRange> = {}): number {
    const version = this.highest(api, bounds)
    if (version !== undefined) return version
    const offered = this.#offered.get(api.key)
    const theirs = offered === undefined ? 'does not know it' : `offers ${offered.min} to ${offered.max}`
    const ours = `${Math.max(api.versions.min, bounds.min ?? 0)} to ${Math.min(api.versions.max, bounds.max ?? api.versions.max)}`
    throw new NetworkError('UNSUPPORTED_VERSION', `${api.name}: the broker ${theirs}, needed is one of ${ours}`)
  }

  /** Names of the APIs that both know. */
  names(): readonly string[] {
    return [...this.#offered.keys()].flatMap((key) => apiByKey(key)?.name ?? [])
  }
}

/**
 * Asks a broker for its versions; one that does not know ours answers with its own range (KIP-511). `software` is what it is
 * told of this client. Errors: NetworkError UNSUPPORTED_VERSION.
 */
export async function negotiate(
  exchange: Exchange,
  software: { readonly name: string; readonly version: string },
): Promise<SharedVersions> {
  const api = apis.ApiVersions
  const body = { clientSoftwareName: software.name, clientSoftwareVersion: software.version }
  let answer = await exchange.send(api, api.versions.max, body)
  if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
    const known = answer.apiKeys.find(({ apiKey }) => apiKey === api.key)
    answer = await exchange.send(api, Math.min(known?.maxVersion ?? 0, api.versions.max), body)
  }
  if (answer.errorCode !== ErrorCode.NONE) {
    throw new NetworkError('UNSUPPORTED_VERSION', `the broker refuses ApiVersions with error ${answer.errorCode}`)
  }
  return new SharedVersions(answer)
}
