import { readFileSync } from 'node:fs'

/** Rows of a file in src/testdata: columns separated by tabs; lines that start with # are comments. */
export function testdataRows(file: string): string[][] {
  const url = new URL(`../../src/testdata/${file}`, import.meta.url)
  const lines = readFileSync(url, 'utf8').trimEnd().split('\n')
  return lines.filter((line) => !line.startsWith('#')).map((line) => line.split('\t'))
}
