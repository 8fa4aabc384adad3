/**
 * Checks and converts batches in worker threads: what decompresses or compresses would hold up the event loop, and with it
 * every other client.
 *
 *     main                                     worker (batch-check-worker.ts)
 *     check ──▶ queue ──a copy of the bytes──▶ checkBatch: checksum, every record, recompression
 *     result ◀── verdict, new header or bytes ─ what a batch may decompress to is bounded there
 *
 * It owns the threads, which start when they are needed and do not keep the process alive. A thread that dies takes the
 * batches that it had with it: their appends fail, and the next ones get a new thread. The order of a log's appends is the
 * log's business.
 */
import { Worker } from 'node:worker_threads'
import type { LogConfig } from '../core/log-config.js'
import { LogAppendError } from '../partition/log-error.js'
import type { AppendInput } from '../partition/prepare-append.js'
import type { CheckTask, CheckVerdict } from './check-messages.js'

/** Checks a batch where it holds up nobody. */
export interface BatchChecker {
  /** The input with a batch that needs no further check. Rejects with a {@link LogAppendError}. */
  check(input: AppendInput, config: LogConfig): Promise<AppendInput>
}

/** A worker thread, as the checker sees it. */
export interface CheckWorker {
  postMessage(task: CheckTask, transfer: readonly ArrayBuffer[]): void
  onMessage(listener: (verdict: CheckVerdict) => void): void
  /** The thread has ended by itself. */
  onEnd(listener: (reason: unknown) => void): void
  terminate(): Promise<unknown>
}

/** Options of {@link WorkerBatchChecker}. */
export interface BatchCheckerOptions {
  /** Threads; default 2. */
  readonly maxWorkers?: number
  /** Batches that may wait, in bytes; default 256 MiB. Over it they are refused, to be sent again. */
  readonly maxQueuedBytes?: number
  /** Default: a thread of this process. */
  readonly startWorker?: () => CheckWorker
}

interface Job {
  readonly input: AppendInput
  readonly config: LogConfig
  readonly resolve: (input: AppendInput) => void
  readonly reject: (error: unknown) => void
}

interface Slot {
  readonly worker: CheckWorker
  job: Job | undefined
}

const DEFAULT_WORKERS = 2
/** So much is copied in one turn of the event loop. */
const COPY_BYTES = 1024 * 1024
const DEFAULT_QUEUED_BYTES = 256 * 1024 * 1024

/** See above. */
export class WorkerBatchChecker implements BatchChecker {
  readonly #maxWorkers: number
  readonly #maxQueuedBytes: number
  readonly #startWorker: () => CheckWorker
  readonly #slots = new Set<Slot>()
  readonly #queue: Job[] = []
  #queuedBytes = 0
  #isClosed = false

  constructor(options: BatchCheckerOptions = {}) {
    this.#maxWorkers = options.maxWorkers ?? DEFAULT_WORKERS
    this.#maxQueuedBytes = options.maxQueuedBytes ?? DEFAULT_QUEUED_BYTES
    this.#startWorker = options.startWorker ?? startThread
  }

  /** Batches that wait for a thread, in bytes. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  check(input: AppendInput, config: LogConfig): Promise<AppendInput> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new LogAppendError('KAFKA_STORAGE_ERROR', 'The broker is shutting down')
      if (this.#queuedBytes > 0 && this.#queuedBytes + input.records.length > this.#maxQueuedBytes) {
        throw new LogAppendError('REQUEST_TIMED_OUT', 'Too many batches wait to be checked')
      }
      this.#queue.push({ input, config, resolve, reject })
      this.#queuedBytes += input.records.length
      this.#next()
    })
  }

  /** Ends the threads. What is being checked fails. */
  async close(): Promise<void> {
    this.#isClosed = true
    const failure = new LogAppendError('KAFKA_STORAGE_ERROR', 'The broker is shutting down')
    for (const { reject } of this.#queue.splice(0)) reject(failure)
    const slots = [...this.#slots]
    this.#slots.clear()
    for (const slot of slots) slot.job?.reject(failure)
    await Promise.all(slots.map(({ worker }) => worker.terminate()))
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const slot = [...this.#slots].find(({ job }) => job === undefined) ?? this.#newSlot()
      const job = slot === undefined ? undefined : this.#queue.shift()
      if (slot === undefined || job === undefined) return
      this.#queuedBytes -= job.input.records.length
      slot.job = job
      void this.#send(slot, job)
    }
  }

  async #send(slot: Slot, job: Job): Promise<void> {
    const { records, ...input } = job.input
    const copy = await copyOf(records)
    // The thread may have died meanwhile.
    if (slot.job === job) slot.worker.postMessage({ input, config: job.config, records: copy }, [copy])
  }

  #newSlot(): Slot | undefined {
    if (this.#slots.size >= this.#maxWorkers) return undefined
    const slot: Slot = { worker: this.#startWorker(), job: undefined }
    slot.worker.onMessage((verdict) => {
      const { job } = slot
      slot.job = undefined
      if (job !== undefined) settle(job, verdict)
      this.#next()
    })
    slot.worker.onEnd((reason) => {
      this.#slots.delete(slot)
      const { job } = slot
      slot.job = undefined
      job?.reject(new LogAppendError('UNKNOWN_SERVER_ERROR', 'The batch could not be checked', [], { cause: reason }))
      if (!this.#isClosed) this.#next()
    })
    this.#slots.add(slot)
    return slot
  }
}

/** A copy, as the bytes are part of a request's buffer; of a large batch not all in one turn of the loop. */
async function copyOf(records: Buffer): Promise<ArrayBuffer> {
  const copy = new ArrayBuffer(records.length)
  const bytes = new Uint8Array(copy)
  for (let at = 0; at < records.length; at += COPY_BYTES) {
    if (at > 0) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
    }
    bytes.set(records.subarray(at, at + COPY_BYTES), at)
  }
  return copy
}

function settle({ input, resolve, reject }: Job, verdict: CheckVerdict): void {
  if (verdict.kind === 'refused') {
    reject(new LogAppendError(verdict.code, verdict.message, verdict.recordErrors))
    return
  }
  if (verdict.header !== undefined) input.records.set(verdict.header)
  const records =
    verdict.records === undefined ? input.records.subarray(0, verdict.sizeInBytes) : Buffer.from(verdict.records)
  resolve({ ...input, records, isChecked: true })
}

function startThread(): CheckWorker {
  // What Node was started with is about the program, and some of it is refused with a file.
  const worker = new Worker(new URL('./batch-check-worker.js', import.meta.url), { execArgv: [] })
  worker.unref()
  return {
    postMessage: (task, transfer) => worker.postMessage(task, transfer),
    onMessage: (listener) => worker.on('message', listener),
    onEnd: (listener) => {
      let reason: unknown
      worker.on('error', (error) => {
        reason = error
      })
      worker.on('exit', (code) => listener(reason ?? `exit code ${code}`))
    },
    terminate: () => worker.terminate(),
  }
}
