import { readFileSync } from 'node:fs'
import { parseProperties } from '@millrace/protocol'

/** The entries of a properties file, or the sentence that says why it cannot be read. */
export function readProperties(file: string): Map<string, string> | string {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (error) {
    return `Cannot read ${file}: ${(error as Error).message}`
  }
}
