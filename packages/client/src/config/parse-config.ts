import { nearestKey } from '@millrace/protocol'
import type { ConfigInput, ConfigKey, ConfigTable, ConfigValues } from './config-table.js'

/** Settings are wrong: all of them, one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'INVALID_CONFIG'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/** Defaults for what is not given. Errors: ConfigError with every mistake, an unknown key among them. */
export function parseConfig<Table extends ConfigTable>(
  table: Table,
  given: ConfigInput<Table>,
  /** Keys that are not Kafka's, such as `logger`: taken by others. */
  otherKeys: readonly string[] = [],
): ConfigValues<Table> {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (name in table || otherKeys.includes(name)) continue
    const nearest = nearestKey(name, [...Object.keys(table), ...otherKeys])
    mistakes.push(`${name} is not known${nearest === undefined ? '' : `: did you mean ${nearest}?`}`)
  }
  for (const [name, spec] of Object.entries(table)) {
    const value = (given as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === null) {
      values[name] = spec.defaultValue
      continue
    }
    const parsed = parseValue(spec, value)
    if ('mistake' in parsed) mistakes.push(`${name}=${String(value)}: ${parsed.mistake}`)
    else values[name] = parsed.value
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return values as ConfigValues<Table>
}

type Parsed = { readonly value: unknown } | { readonly mistake: string }

const BOUNDS = { int: 2 ** 31, long: 2 ** 63 } as const

function parseValue(spec: ConfigKey, value: unknown): Parsed {
  switch (spec.kind) {
    case 'string': {
      if (typeof value !== 'string' && typeof value !== 'number') return { mistake: 'must be a string' }
      const text = String(value).trim()
      if (spec.oneOf !== undefined && !spec.oneOf.includes(text)) {
        return { mistake: `must be one of ${spec.oneOf.join(', ')}` }
      }
      return { value: text }
    }
    case 'boolean': {
      const text = String(value).trim().toLowerCase()
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { mistake: 'must be true or false' }
    }
    case 'list': {
      const items = typeof value === 'string' ? value.split(',') : value
      if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) {
        return { mistake: 'must be a list of strings' }
      }
      return { value: items.map((item: string) => item.trim()).filter((item) => item !== '') }
    }
    case 'int':
    case 'long':
    case 'double':
      return parseNumber(spec, value)
    default:
      return spec.kind satisfies never
  }
}

function parseNumber(spec: ConfigKey, value: unknown): Parsed {
  const text = String(value).trim()
  const number = text === '' ? Number.NaN : Number(text)
  if (spec.kind === 'double') {
    if (!Number.isFinite(number)) return { mistake: 'must be a number' }
  } else if (!Number.isInteger(number) || Math.abs(number) > BOUNDS[spec.kind as 'int' | 'long']) {
    return { mistake: 'must be a whole number' }
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec
  if (number < min) return { mistake: `must be at least ${min}` }
  if (number > max) return { mistake: `must be at most ${max}` }
  return { value: number }
}
