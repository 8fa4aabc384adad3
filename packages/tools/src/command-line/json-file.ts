/** JSON files that tools are given. Errors: ToolError. */
import { readFileSync } from 'node:fs'
import { ToolError } from './tool.js'

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ToolError(`Unable to read file ${file}: ${(error as Error).message}`)
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ToolError('The input string is not a valid JSON')
  }
}

/** Errors: ToolError if it is no object. */
export function jsonObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ToolError(`${what} is no JSON object`)
}

export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
