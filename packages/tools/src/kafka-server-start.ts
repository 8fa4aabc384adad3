/** `kafka-server-start [-daemon] server.properties [--override property=value]*`, as Apache Kafka's script of that name. */
import { startDaemon } from './daemon.js'
import { readProperties } from './properties-file.js'
import { runBroker } from './run-broker.js'
import { fail } from './start-failure.js'

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
    startDaemon(rest, { replaced: args.length, outputFile: 'kafkaServer.out' })
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
