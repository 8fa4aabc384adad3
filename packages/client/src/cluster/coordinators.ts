/** Which broker coordinates a group or a transactional id; asked once, until it is denied. */
import { type apis as allApis, apis, type RequestInputOf, type ResponseOf } from '@millrace/protocol'
import { errorOf, KafkaError } from '../errors.js'
import type { Address } from './node-connections.js'

export type CoordinatorType = 'group' | 'transaction'

type FindCoordinator = typeof allApis.FindCoordinator

export type AskAny = (
  api: FindCoordinator,
  body: (version: number) => RequestInputOf<FindCoordinator>,
  options: { readonly signal?: AbortSignal; readonly versions: { readonly max: number } },
) => Promise<ResponseOf<FindCoordinator>>

const KEY_TYPES: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1 }
/** Share groups came with 6; nothing else changed. */
const VERSION_MAX = 5

export class Coordinators {
  readonly #ask: AskAny
  readonly #known = new Map<string, Address>()

  constructor(ask: AskAny) {
    this.#ask = ask
  }

  /** Errors: KafkaError, retriable while there is none. */
  async find(type: CoordinatorType, key: string, signal?: AbortSignal): Promise<Address> {
    const id = `${type} ${key}`
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const response = await this.#ask(
      apis.FindCoordinator,
      (version) =>
        version < 4 ? { key, keyType: KEY_TYPES[type] } : { keyType: KEY_TYPES[type], coordinatorKeys: [key] },
      { versions: { max: VERSION_MAX }, ...(signal === undefined ? {} : { signal }) },
    )
    const answer = response.coordinators.find((coordinator) => coordinator.key === key) ?? response
    const error = errorOf(answer.errorCode, answer.errorMessage)
    if (error !== undefined) throw error
    if (answer.nodeId < 0) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    const address = { nodeId: answer.nodeId, host: answer.host, port: answer.port }
    this.#known.set(id, address)
    return address
  }

  /** The coordinator that was found last, if it was not denied since. */
  known(type: CoordinatorType, key: string): Address | undefined {
    return this.#known.get(`${type} ${key}`)
  }

  forget(type: CoordinatorType, key: string): void {
    this.#known.delete(`${type} ${key}`)
  }

  /** The connection to a broker broke: it may not come back. */
  forgetNode(nodeId: number): void {
    for (const [id, address] of this.#known) {
      if (address.nodeId === nodeId) this.#known.delete(id)
    }
  }
}
