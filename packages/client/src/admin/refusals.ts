/** Errors that this side makes, and questions about them. */
import { errorOf, KafkaError } from '../errors.js'
import type { Answer } from './driver.js'

/** What the version that is shared with the broker cannot say. */
export function unsupported(message: string): KafkaError {
  return new KafkaError('UNSUPPORTED_VERSION', message)
}

export function isUnsupported(error: unknown): error is KafkaError {
  return error instanceof KafkaError && error.code === 'UNSUPPORTED_VERSION'
}

export function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_ARGUMENT', message)
}

/** Errors: INVALID_ARGUMENT if two are the same. */
export function withoutRepeats(what: string, names: readonly string[]): readonly string[] {
  if (new Set(names).size < names.length) {
    throw invalid(`${what}: ${names.find((name, index) => names.indexOf(name) < index)} is named twice`)
  }
  return names
}

/** The outcome that an error code stands for, or the value. */
export function outcome<T>(
  answer: { readonly errorCode: number; readonly errorMessage?: string | null },
  value: () => T,
): Answer<T> {
  const error = errorOf(answer.errorCode, answer.errorMessage)
  return error === undefined ? { value: value() } : { error }
}

export const nothing = (): void => undefined
