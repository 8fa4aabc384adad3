/** The first packet of each side, which has no header. */
import type { JuteReader, JuteWriter } from '../jute.js'

export interface ConnectRequestRecord {
  readonly lastZxidSeen: bigint
  readonly timeoutMs: number
  readonly sessionId: bigint
  readonly password: Buffer
  /** Undefined: a client before 3.4, which does not know the field in the answer either. */
  readonly readOnly: boolean | undefined
}

export interface ConnectResponseRecord {
  /** Of a session that is over: a timeout of 0. */
  readonly timeoutMs: number
  readonly sessionId: bigint
  readonly password: Buffer
}

const PROTOCOL_VERSION = 0

export function writeConnectRequest(out: JuteWriter, record: ConnectRequestRecord): void {
  out.int(PROTOCOL_VERSION)
  out.long(record.lastZxidSeen)
  out.int(record.timeoutMs)
  out.long(record.sessionId)
  out.buffer(record.password)
  if (record.readOnly !== undefined) out.boolean(record.readOnly)
}

export function readConnectRequest(input: JuteReader): ConnectRequestRecord {
  input.int()
  return {
    lastZxidSeen: input.long(),
    timeoutMs: input.int(),
    sessionId: input.long(),
    password: Buffer.from(input.buffer() ?? []),
    readOnly: input.remaining > 0 ? input.boolean() : undefined,
  }
}

export function writeConnectResponse(out: JuteWriter, record: ConnectResponseRecord, hasReadOnly: boolean): void {
  out.int(PROTOCOL_VERSION)
  out.int(record.timeoutMs)
  out.long(record.sessionId)
  out.buffer(record.password)
  if (hasReadOnly) out.boolean(false)
}

export function readConnectResponse(input: JuteReader): ConnectResponseRecord {
  input.int()
  return { timeoutMs: input.int(), sessionId: input.long(), password: Buffer.from(input.buffer() ?? []) }
}
