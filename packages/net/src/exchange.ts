import type { AnyApi, RequestInputOf, ResponseOf } from '@millrace/protocol'

/** Requests of a handshake, which name their version themselves. */
export interface Exchange {
  send<A extends AnyApi>(api: A, version: number, body: RequestInputOf<A>): Promise<ResponseOf<A>>
}
