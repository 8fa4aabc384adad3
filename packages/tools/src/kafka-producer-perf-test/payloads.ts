/** What the records of the test hold. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ToolError } from '../command-line/tool.js'

/** Of the record with that number. `isFree`: the one before has left for the accumulator, and its bytes may be used again. */
export type Payloads = (record: number, isFree: boolean) => Buffer

const LETTERS = 26

/** Two letters for any 16 bits. */
function letterPairs(): Uint16Array {
  return Uint16Array.from({ length: 2 ** 16 }, (_, bits) => {
    const pair = bits % LETTERS ** 2
    return ((65 + Math.floor(pair / LETTERS)) << 8) | (65 + (pair % LETTERS))
  })
}

/** Letters A to Z, other ones in each record; the same ones in each run. */
export function randomPayloads(size: number): Payloads {
  const pairs = letterPairs()
  const words = Math.ceil(size / 4)
  let letters = new Uint16Array(2 * words)
  let payload = Buffer.from(letters.buffer, 0, size)
  let state = 0x2545f491
  return (_, isFree) => {
    if (!isFree) {
      letters = new Uint16Array(2 * words)
      payload = Buffer.from(letters.buffer, 0, size)
    }
    for (let at = 0; at < letters.length; at += 2) {
      // Marsaglia's xorshift.
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      letters[at] = pairs[state & 0xffff] ?? 0
      letters[at + 1] = pairs[state >>> 16] ?? 0
    }
    return payload
  }
}

/** The record's number. */
export const monotonicPayloads: Payloads = (record) => Buffer.from(String(record))

/** Any of the parts of a file. Errors: ToolError. */
export function filePayloads(file: string, delimiter: string, print: (line: string) => void): Payloads {
  print(`Reading payloads from: ${resolve(file)}`)
  if (!existsSync(file) || statSync(file).size === 0) throw new ToolError('File does not exist or empty file provided.')
  const parts = readFileSync(file, 'utf8').split(pattern(delimiter === '\\n' ? '\n' : delimiter))
  while (parts.at(-1) === '') parts.pop()
  print(`Number of messages read: ${parts.length}`)
  if (parts.length === 0) throw new ToolError(`${file} holds nothing but delimiters`)
  const payloads = parts.map((part) => Buffer.from(part))
  return () => payloads[Math.floor(Math.random() * payloads.length)] ?? Buffer.alloc(0)
}

function pattern(delimiter: string): RegExp {
  try {
    return new RegExp(delimiter)
  } catch {
    throw new ToolError(`--payload-delimiter ${delimiter} is no regular expression`)
  }
}
