// Runs writer/Writer.java, which fills a topic with a known mix, and reads what it says it wrote.
import { join } from 'node:path'
import { compileJava, javaArgs } from './java.mjs'
import { interopDir } from './paths.mjs'
import { mustRun } from './programs.mjs'

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** The partition with transactions. */
export const transactionPartition = codecs.length

/**
 * Writes one round with the client of `line`. Resolves to the records by partition:
 * `{ offset, timestamp, key, value, headers, outcome }`, with `null` where something is null.
 */
export async function writeRound({ line, broker, topic, round, count, transactions }) {
  const classes = await compileJava('writer', line, [join(interopDir, 'writer')])
  const args = [broker.bootstrap, topic, String(round), String(count), ...(transactions ? ['transactions'] : [])]
  const text = await mustRun('java', [...javaArgs(line, { classes: [classes] }), 'Writer', ...args])
  const lines = text.trim().split('\n')
  if (lines.pop() !== 'done') throw new Error(`The writer did not reach its end:\n${text.slice(-2000)}`)
  const byPartition = Array.from({ length: codecs.length + 1 }, () => [])
  for (const fields of lines.map((each) => each.split(' '))) {
    const [partition, offset, timestamp, key, value, headers, outcome] = fields
    byPartition[Number(partition)].push({
      offset: Number(offset),
      timestamp: Number(timestamp),
      key: bytes(key),
      value: bytes(value),
      headers: headers
        .split(';')
        .filter((each) => each !== '-' && each !== '')
        .map(header),
      outcome,
    })
  }
  return byPartition
}

function header(text) {
  const at = text.indexOf('=')
  return { key: text.slice(0, at), value: bytes(text.slice(at + 1)) }
}

function bytes(text) {
  return text === '-' ? null : Buffer.from(text, 'base64').toString()
}
