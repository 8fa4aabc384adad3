/** How a tool's options become the settings of its client: files of Java clients, `key=value` pairs, and what the tool sets. */
import { readFileSync } from 'node:fs'
import { type ClientKind, type LenientConfig, lenientConfig } from '@millrace/client'
import { parseProperties } from '@millrace/protocol'
import { text } from './option-table.js'
import { ToolError } from './tool.js'

/** What most tools about a cluster take. */
export const clusterOptions = {
  'bootstrap-server': text('host:port', 'Brokers to connect to first, separated by commas.'),
  'command-config': text('file', 'A properties file with settings of the client.'),
} as const

/** Of tools that take the controllers of a KRaft cluster as well (KIP-919). */
export const controllerOption = {
  'bootstrap-controller': text('host:port', 'Controllers of a KRaft cluster to connect to, in place of brokers.'),
} as const

/** Where a tool connects to: what its command line names counts, and not what a file says. */
export function bootstrapSettings(
  servers: string | undefined,
  controllers: string | undefined,
): Readonly<Record<string, string>> {
  if (controllers === undefined) return { 'bootstrap.servers': servers ?? '', 'bootstrap.controllers': '' }
  return { 'bootstrap.servers': '', 'bootstrap.controllers': controllers }
}

/** As argparse4j says it; `names` are those of both options. Errors: ToolError. */
export function requireOneBootstrap(
  tool: string,
  servers: string | undefined,
  controllers: string | undefined,
  names: readonly [string, string] = ['--bootstrap-server', '--bootstrap-controller'],
): void {
  if (servers === undefined && controllers === undefined) {
    throw new ToolError(`${tool}: error: one of the arguments ${names.join(' ')} is required`)
  }
  if (servers !== undefined && controllers !== undefined) {
    throw new ToolError(`${tool}: error: argument ${names[1]}: not allowed with argument ${names[0]}`)
  }
}

export interface Settings {
  /** A properties file; undefined: none. */
  readonly file?: string | undefined
  /** `key=value`, before what the file says. */
  readonly pairs?: readonly string[]
  /** Only where neither names them. */
  readonly defaults?: Readonly<Record<string, string>>
  /** What no file changes. */
  readonly fixed?: Readonly<Record<string, string>>
}

/**
 * Unknown keys are told, with the key that may have been meant, and ignored, as Java's clients do. Errors: ToolError for a
 * file that cannot be read.
 */
export function clientSettings<Kind extends ClientKind>(
  kind: Kind,
  { file, pairs = [], defaults = {}, fixed = {} }: Settings,
  complain: (line: string) => void,
): LenientConfig<Kind>['config'] {
  const entries = new Map([
    ...Object.entries(defaults),
    ...(file === undefined ? [] : readProperties(file)),
    ...keyValues(pairs),
    ...Object.entries(fixed),
  ])
  const { config, unknown } = lenientConfig(kind, entries)
  for (const [key, nearest] of unknown) complain(unknownProperty(key, nearest))
  return config
}

/** The line about a property that nobody knows. */
export function unknownProperty(key: string, nearest: string | undefined): string {
  return `Property ${key} is not known and is ignored.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`
}

/** Errors: ToolError. */
export function readProperties(file: string): ReadonlyMap<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ToolError(`Cannot read ${file}: ${(error as Error).message}`)
  }
}

/** `key=value`; one without a value has the empty text (`CommandLineUtils.parseKeyValueArgs`). */
export function keyValues(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
