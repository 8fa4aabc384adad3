import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** The lines of a file in `src/testdata`, split at tabs; comments are left out. */
export function readTestData(fileName: string): string[][] {
  // From dist/testing, where this runs.
  const text = readFileSync(new URL(`../../src/testdata/${fileName}`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
}

/** Named bytes of a file in `src/testdata`: name, tab, base64. */
export function readNamedBytes(fileName: string): (name: string) => Buffer {
  const bytes = new Map(readTestData(fileName).map(([name, base64]) => [name, Buffer.from(base64 ?? '', 'base64')]))
  return (name) => {
    const found = bytes.get(name)
    assert(found !== undefined, `${fileName} has ${name}`)
    return found
  }
}

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
