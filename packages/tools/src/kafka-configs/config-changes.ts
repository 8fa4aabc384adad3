/** What shall be changed: `--add-config`, `--add-config-file`, `--delete-config`. Errors: ToolError, in the words of Kafka's tool. */
import { readProperties } from '../command-line/client-settings.js'
import { ToolError } from '../command-line/tool.js'
import type { ConfigsInvocation } from './options.js'

export interface ConfigChanges {
  readonly added: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
}

export function changesOf({ options }: ConfigsInvocation): ConfigChanges {
  const { 'add-config': pairs, 'add-config-file': file } = options
  const added = new Map([
    ...(file === undefined ? [] : readProperties(file)),
    ...(pairs === undefined ? [] : parsePairs(pairs)),
  ])
  for (const name of added.keys()) {
    if (!/^[a-zA-Z0-9._-]*$/.test(name)) throw new ToolError(`Invalid character found for config key: ${name}`)
  }
  const deleted = options['delete-config'].flatMap((list) => list.split(',').map((name) => name.trim()))
  return { added, deleted }
}

/** Not within []. */
const OUTSIDE = '(?=[^\\]]*(?:\\[|$))'
const COMMA = new RegExp(`,${OUTSIDE}`)
const EQUALS = new RegExp(`\\s*=\\s*${OUTSIDE}`)

/** `k1=v1,k2=[v1,v2]` */
export function parsePairs(text: string): readonly (readonly [string, string])[] {
  return text.split(COMMA).map((pair) => {
    const [name = '', value, ...more] = pair.split(EQUALS)
    if (value === undefined || more.length > 0) {
      throw new ToolError(
        'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val".',
      )
    }
    return [name.trim(), value.replace(/[[\]]/g, '').trim()]
  })
}

export const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export type Scram = (typeof scramMechanisms)[number]

export function isScram(name: string): name is Scram {
  return (scramMechanisms as readonly string[]).includes(name)
}

const ITERATIONS_MIN = 4096

/** `iterations=8192,password=secret`, or the password alone. */
export function parseCredential(mechanism: Scram, text: string) {
  const match = /^(?:iterations=(-?[0-9]*),)?password=(.*)$/.exec(text)
  if (match === null) throw new ToolError(`Invalid credential property ${mechanism}=${text}`)
  const [, number, password = ''] = match
  const iterations = number === undefined || number === '-1' ? ITERATIONS_MIN : Number(number)
  if (iterations >= ITERATIONS_MIN) return { mechanism, password, iterations }
  throw new ToolError(`Iterations ${iterations} is less than the minimum ${ITERATIONS_MIN} required for ${mechanism}`)
}
