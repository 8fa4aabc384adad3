/** `kafka-server-start [-daemon] server.properties [--override property=value]*`, as Apache Kafka's script of that name. */
import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseProperties } from '@millrace/broker'
import { runBroker } from './run-broker.js'

const usage = 'USAGE: kafka-server-start [-daemon] server.properties [--override property=value]*'

export async function kafkaServerStart(args: readonly string[]): Promise<void> {
  const isDaemon = args[0] === '-daemon'
  const rest = isDaemon ? args.slice(1) : args
  const [file, ...options] = rest
  if (file === undefined || file === '--help' || file === '-h') {
    console.error(usage)
    process.exitCode = file === undefined ? 1 : 0
    return
  }
  const overrides = parseOverrides(options)
  if (typeof overrides === 'string') return fail(`${overrides}\n${usage}`)
  const properties = readProperties(file)
  if (typeof properties === 'string') return fail(properties)
  if (isDaemon) {
    startDaemon(process.argv.slice(1, -args.length), rest)
    return
  }
  await runBroker(new Map([...properties, ...overrides]), { configSource: file })
}

/** Pairs of `--override key=value`, or the sentence that says what is wrong. */
function parseOverrides(options: readonly string[]): Map<string, string> | string {
  const overrides = new Map<string, string>()
  for (let at = 0; at < options.length; at += 2) {
    const [option, pair = ''] = options.slice(at, at + 2)
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (option !== '--override') return `${option} is not an option.`
    if (key === undefined || value === undefined) return `--override needs property=value, not '${pair}'.`
    overrides.set(key.trim(), value)
  }
  return overrides
}

/** The properties, or the sentence that says why they cannot be read. */
function readProperties(file: string): Map<string, string> | string {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (error) {
    return `Cannot read ${file}: ${(error as Error).message}`
  }
}

/** Runs the same command without `-daemon` in the background, its output in `logs/kafkaServer.out` (or under $LOG_DIR), as Apache's scripts do. */
function startDaemon(command: readonly string[], args: readonly string[]): void {
  const logDir = process.env['LOG_DIR'] ?? join(process.cwd(), 'logs')
  mkdirSync(logDir, { recursive: true })
  const out = openSync(join(logDir, 'kafkaServer.out'), 'a')
  spawn(process.execPath, [...process.execArgv, ...command, ...args], {
    detached: true,
    stdio: ['ignore', out, out],
  }).unref()
}

function fail(text: string): void {
  console.error(text)
  process.exitCode = 1
}
