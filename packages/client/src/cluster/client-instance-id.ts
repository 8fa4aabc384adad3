import { apis, ZERO_UUID } from '@millrace/protocol'
import { errorOf } from '../errors.js'
import type { Deadline } from '../waiting.js'
import type { Cluster } from './cluster.js'

/** The id that the cluster knows one client by in its telemetry (KIP-714): given by a broker when it is first asked for. */
export class ClientInstanceId {
  readonly #cluster: Cluster
  #id: string | undefined

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * Always the same one, once it was given. Errors: KafkaError UNSUPPORTED_VERSION, if the brokers take no telemetry: those
   * before Kafka 3.7, and those without a receiver for it; TIMEOUT; the signal's reason.
   */
  async get(deadline: Deadline): Promise<string> {
    if (this.#id !== undefined) return this.#id
    const answer = await this.#cluster.askRepeatedly(
      'any',
      apis.GetTelemetrySubscriptions,
      { clientInstanceId: ZERO_UUID },
      deadline,
      ({ errorCode }) => errorOf(errorCode),
    )
    // Whoever asked at the same time has the first answer.
    this.#id ??= answer.clientInstanceId
    return this.#id
  }
}
