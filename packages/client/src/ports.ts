/** What a client asks of the machine, and whom it tells. */
import { type NetPorts, systemNetPorts } from '@millrace/net'

export interface ClientPorts extends NetPorts {
  /** Wall clock, milliseconds since 1970: for timestamps of records. */
  readonly nowMs: () => number
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number
}

export const systemClientPorts: ClientPorts = { ...systemNetPorts, nowMs: () => Date.now(), random: Math.random }

/** Fields first, as pino takes them. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** What every call takes. */
export interface CallOptions {
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal
  /** Ends the wait with TIMEOUT; default `default.api.timeout.ms`, or what the call says. */
  readonly timeoutMs?: number
}
