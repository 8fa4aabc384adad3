/**
 * The notation of a config table: Kafka's keys with their types, defaults and bounds, from which both the types that users
 * see and the check at run time come. A value may be the text that a `.properties` file or the environment has.
 */

type Kind = 'string' | 'int' | 'long' | 'double' | 'boolean' | 'list'

export interface ConfigKey<Value = unknown, Default = unknown> {
  readonly kind: Kind
  /** Undefined: there is none, and the key need not be set. */
  readonly defaultValue: Default
  readonly min?: number
  readonly max?: number
  readonly oneOf?: readonly string[]
  /** Kafka 2.x had another default. */
  readonly in2x?: string
  readonly about: string
  /** Carries the value's type; never read. */
  readonly valueType?: Value
}

export type ConfigTable = Readonly<Record<string, ConfigKey>>

type Options = Pick<ConfigKey, 'min' | 'max' | 'in2x'>

function key<Value>(kind: Kind) {
  return <const Default extends Value | undefined>(
    defaultValue: Default,
    about: string,
    options: Options = {},
  ): ConfigKey<Value, Default> => ({ kind, defaultValue, about, ...options })
}

export const string = key<string>('string')
export const int = key<number>('int')
export const long = key<number>('long')
export const double = key<number>('double')
export const boolean = key<boolean>('boolean')
export const list = key<readonly string[]>('list')

/** A string that must be one of some. */
export function oneOf<const Name extends string, const Default extends Name | undefined>(
  names: readonly Name[],
  defaultValue: Default,
  about: string,
  options: Options = {},
): ConfigKey<Name, Default> {
  return { kind: 'string', oneOf: names, defaultValue, about, ...options }
}

type Given<Value> = Value extends number
  ? number | `${number}`
  : Value extends boolean
    ? boolean | 'true' | 'false'
    : Value extends readonly string[]
      ? Value | string
      : Value

/** What a user may give: each key or nothing. */
export type ConfigInput<Table extends ConfigTable> = {
  readonly [Key in keyof Table]?: Table[Key] extends ConfigKey<infer Value, unknown> ? Given<Value> | undefined : never
}

/** What the program works with. */
export type ConfigValues<Table extends ConfigTable> = {
  readonly [Key in keyof Table]: Table[Key] extends ConfigKey<infer Value, infer Default>
    ? Default extends undefined
      ? Value | undefined
      : Value
    : never
}
