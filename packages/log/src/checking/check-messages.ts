/** What goes between the event loop and the threads that check batches. */
import type { ErrorName, RecordError } from '@millrace/protocol'
import type { LogConfig } from '../core/log-config.js'
import type { AppendInput } from '../partition/prepare-append.js'

export interface CheckTask {
  readonly input: Omit<AppendInput, 'records'>
  readonly config: LogConfig
  /** A copy of the batch. */
  readonly records: ArrayBuffer
}

export type CheckVerdict =
  /**
   * `records` is the converted batch; `undefined`: the first `sizeInBytes` of what came are right as they are, but for the
   * header, if there is one here.
   */
  | {
      readonly kind: 'good'
      readonly records: ArrayBuffer | undefined
      readonly header?: Uint8Array | undefined
      readonly sizeInBytes: number
    }
  | {
      readonly kind: 'refused'
      readonly code: ErrorName
      readonly message: string
      readonly recordErrors: readonly RecordError[]
    }
