/**
 * The notation of a config table: one key with its type, default, bounds and how it may be changed.
 *
 * Defaults are written as Kafka prints them, and a value keeps the text it was given: a long such as
 * 9223372036854775807 prints with every digit although it is used as the nearest number.
 */

export type ConfigKind = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'password' | 'javaClass'

/** What setting a key does here: `used`, or `none` for what only a JVM or an absent feature would read. */
export type ConfigEffect = 'used' | 'none'

/** How IncrementalAlterConfigs may change a broker key (KIP-226). Without it the key is read-only. */
export type DynamicUpdate = 'perBroker' | 'clusterWide'

export type ConfigValue = boolean | string | number | readonly string[] | null

export interface ConfigOptions {
  readonly about?: string
  readonly min?: number
  readonly max?: number
  readonly oneOf?: readonly string[]
  readonly update?: DynamicUpdate
  readonly effect?: ConfigEffect
  /** Never listed by DescribeConfigs unless it is set. */
  readonly internal?: boolean
  /** A sentence that refuses this value because what it asks for does not exist here; undefined accepts it. */
  readonly refuse?: (value: ConfigValue) => string | undefined
}

export interface ConfigKey<T extends ConfigValue = ConfigValue> extends ConfigOptions {
  readonly kind: ConfigKind
  readonly defaultText: string | null
  /** Carries the value's type; never read. */
  readonly valueType?: T
}

export type ConfigTable = Readonly<Record<string, ConfigKey>>

/** The values of a table, by key. */
export type ValuesOf<Table extends ConfigTable> = {
  readonly [Key in keyof Table]: Table[Key] extends ConfigKey<infer T> ? T : never
}

type Nullable<D, T> = D extends null ? T | null : T

function keyOf<T extends ConfigValue>(kind: ConfigKind) {
  return <D extends string | null>(defaultText: D, options: ConfigOptions = {}): ConfigKey<Nullable<D, T>> => ({
    kind,
    defaultText,
    ...options,
  })
}

export const boolean = keyOf<boolean>('boolean')
export const string = keyOf<string>('string')
export const int = keyOf<number>('int')
export const short = keyOf<number>('short')
export const long = keyOf<number>('long')
export const double = keyOf<number>('double')
export const list = keyOf<readonly string[]>('list')
export const password = keyOf<string>('password')
export const javaClass = keyOf<string>('javaClass')

/** A table whose keys are taken and have no effect. */
export function withoutEffect<Table extends ConfigTable>(table: Table): Table {
  const marked = Object.entries(table).map(([name, key]) => [name, { ...key, effect: 'none' as const }])
  return Object.fromEntries(marked) as Table
}

export type ParsedConfig = { readonly value: ConfigValue } | { readonly mistake: string }

const intBounds = { int: 2 ** 31, short: 2 ** 15 }

/** Reads the text of one value as Kafka's ConfigDef does. The mistake is Kafka's sentence, without the key's name. */
export function parseConfig(key: ConfigKey, text: string): ParsedConfig {
  const parsed = parseKind(key.kind, text.trim())
  if ('mistake' in parsed) return parsed
  const mistake = outOfBounds(key, parsed.value) ?? key.refuse?.(parsed.value)
  return mistake === undefined ? parsed : { mistake }
}

function parseKind(kind: ConfigKind, text: string): ParsedConfig {
  switch (kind) {
    case 'boolean':
      if (/^(true|false)$/i.test(text)) return { value: text.toLowerCase() === 'true' }
      return { mistake: 'Expected value to be either true or false' }
    case 'int':
    case 'short':
      return parseInteger(text, intBounds[kind], kind)
    case 'long':
      return parseLong(text)
    case 'double':
      if (text === '' || Number.isNaN(Number(text))) return { mistake: 'Not a number of type DOUBLE' }
      return { value: Number(text) }
    case 'list':
      return { value: text === '' ? [] : text.split(',').map((item) => item.trim()) }
    case 'string':
    case 'password':
    case 'javaClass':
      return { value: text }
    default:
      return kind satisfies never
  }
}

function parseInteger(text: string, bound: number, kind: string): ParsedConfig {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || value < -bound || value >= bound)
    return { mistake: `Not a number of type ${kind.toUpperCase()}` }
  return { value }
}

function parseLong(text: string): ParsedConfig {
  if (!/^[+-]?\d+$/.test(text)) return { mistake: 'Not a number of type LONG' }
  const exact = BigInt(text)
  if (BigInt.asIntN(64, exact) !== exact) return { mistake: 'Not a number of type LONG' }
  return { value: Number(exact) }
}

function outOfBounds(key: ConfigKey, value: ConfigValue): string | undefined {
  if (typeof value === 'number') {
    if (key.min !== undefined && value < key.min) return `Value must be at least ${key.min}`
    if (key.max !== undefined && value > key.max) return `Value must be no more than ${key.max}`
  }
  if (key.oneOf !== undefined) {
    const items = Array.isArray(value) ? value : [value]
    const wrong = items.find((item) => !key.oneOf?.includes(item))
    if (wrong !== undefined) return `String must be one of: ${key.oneOf.join(', ')}`
  }
  return undefined
}
