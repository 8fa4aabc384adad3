/** What a server counts of its requests, in all and for each connection (ZooKeeper's `ServerStats` and `ServerCnxn`). */
import type { Request } from '../../core/requests.js'

/** Smallest, largest and mean of what was added since the last reset; all 0 without any (`AvgMinMaxCounter`). */
export class AvgMinMaxCounter {
  #total = 0
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  add(value: number): void {
    this.#total += value
    this.#count++
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  get count(): number {
    return this.#count
  }

  get total(): number {
    return this.#total
  }

  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  get max(): number {
    return this.#count === 0 ? 0 : this.#max
  }

  /** To four decimal places. */
  get avg(): number {
    return this.#count === 0 ? 0 : Number((this.#total / this.#count).toFixed(4))
  }

  reset(): void {
    this.#total = 0
    this.#count = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
  }
}

/** Sizes of answers in bytes; all −1 before the first (`BufferStats`). */
export class ResponseSizes {
  #last = -1
  #min = -1
  #max = -1

  add(bytes: number): void {
    this.#last = bytes
    if (this.#min === -1 || bytes < this.#min) this.#min = bytes
    if (bytes > this.#max) this.#max = bytes
  }

  get last(): number {
    return this.#last
  }

  get min(): number {
    return this.#min
  }

  get max(): number {
    return this.#max
  }

  reset(): void {
    this.#last = -1
    this.#min = -1
    this.#max = -1
  }
}

/** The whole server's counters. Latencies are whole milliseconds from the arrival of a request to its answer. */
export class ServerStats {
  readonly latency = new AvgMinMaxCounter()
  readonly responseSizes = new ResponseSizes()
  #packetsReceived = 0
  #packetsSent = 0
  #authFailures = 0

  get packetsReceived(): number {
    return this.#packetsReceived
  }

  get packetsSent(): number {
    return this.#packetsSent
  }

  /** Not reset by `reset`, as in ZooKeeper. */
  get authFailures(): number {
    return this.#authFailures
  }

  packetReceived(): void {
    this.#packetsReceived++
  }

  /** An answer or a notification; `bytes` without the length before it. */
  packetSent(bytes: number): void {
    this.#packetsSent++
    this.responseSizes.add(bytes)
  }

  /** A clock that went back is not counted. */
  requestAnswered(latencyMs: number): void {
    if (latencyMs >= 0) this.latency.add(Math.trunc(latencyMs))
  }

  authFailed(): void {
    this.#authFailures++
  }

  /** What `srst` does. */
  reset(): void {
    this.latency.reset()
    this.responseSizes.reset()
    this.#packetsReceived = 0
    this.#packetsSent = 0
  }
}

/** An answered request, as its connection remembers it. */
export interface AnsweredRequest {
  /** The request's number; negative ones (pings, auth, setWatches) are not remembered as the last. */
  readonly cxid: number
  readonly zxid: bigint
  /** See `lastOperationName`. */
  readonly operation: string
  /** Wall clock. */
  readonly receivedMs: number
  /** Wall clock. */
  readonly answeredMs: number
}

/** One connection's counters, with the names of `AdminConnection`. */
export class ConnectionStats {
  readonly #latency = new AvgMinMaxCounter()
  #packetsReceived = 0
  #packetsSent = 0
  #lastOperation = 'NA'
  #lastCxid = -1
  #lastZxid = -1n
  #lastResponseTimeMs = 0
  #lastLatencyMs = 0

  get packetsReceived(): number {
    return this.#packetsReceived
  }

  get packetsSent(): number {
    return this.#packetsSent
  }

  get lastOperation(): string {
    return this.#lastOperation
  }

  get lastCxid(): number {
    return this.#lastCxid
  }

  get lastZxid(): bigint {
    return this.#lastZxid
  }

  get lastResponseTimeMs(): number {
    return this.#lastResponseTimeMs
  }

  get lastLatencyMs(): number {
    return this.#lastLatencyMs
  }

  get minLatencyMs(): number {
    return this.#latency.min
  }

  get avgLatencyMs(): number {
    return this.#latency.count === 0 ? 0 : Math.trunc(this.#latency.total / this.#latency.count)
  }

  get maxLatencyMs(): number {
    return this.#latency.max
  }

  packetReceived(): void {
    this.#packetsReceived++
  }

  packetSent(): void {
    this.#packetsSent++
  }

  requestAnswered({ cxid, zxid, operation, receivedMs, answeredMs }: AnsweredRequest): void {
    const latencyMs = Math.max(0, Math.trunc(answeredMs - receivedMs))
    if (cxid >= 0) this.#lastCxid = cxid
    this.#lastZxid = zxid
    this.#lastOperation = operation
    this.#lastResponseTimeMs = answeredMs
    this.#lastLatencyMs = latencyMs
    this.#latency.add(latencyMs)
  }

  /** What `crst` does. */
  reset(): void {
    this.#latency.reset()
    this.#packetsReceived = 0
    this.#packetsSent = 0
    this.#lastOperation = 'NA'
    this.#lastCxid = -1
    this.#lastZxid = -1n
    this.#lastResponseTimeMs = 0
    this.#lastLatencyMs = 0
  }
}

const operationNames: Readonly<Record<Request['kind'] | 'ping' | 'createSession', string>> = {
  addWatch: 'ADDW',
  auth: 'NA',
  check: 'CHEC',
  checkWatches: 'CHKW',
  closeSession: 'CLOS',
  create: 'CREA',
  createSession: 'SESS',
  delete: 'DELE',
  exists: 'EXIS',
  getAcl: 'GETA',
  getAllChildrenNumber: 'GETACN',
  getChildren: 'GETC',
  getData: 'GETD',
  getEphemerals: 'GETE',
  multi: 'MULT',
  multiRead: 'MLTR',
  ping: 'PING',
  refused: 'NA',
  removeWatches: 'REMW',
  setAcl: 'SETA',
  setData: 'SETD',
  setWatches: 'SETW',
  sync: 'SYNC',
  whoAmI: 'HOMI',
}

/** How `cons` names an operation (`FinalRequestProcessor`). A write that was refused is `NA`. */
export function lastOperationName(kind: Request['kind'] | 'ping' | 'createSession'): string {
  return operationNames[kind]
}
