import type { ErrorName } from '@millrace/protocol'
import { LogError } from '../partition/log-error.js'

/** For `assert.rejects`: is it the log's error of that code? */
export function hasLogCode(code: ErrorName): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof LogError && error.code === code) return true
    throw error
  }
}
