/**
 * The notation for a tool's options. A tool has one table: the parser, the help text, shell completion and docs/TOOLS.md are
 * all made from it.
 */

/** `never`: a flag. `maybe`: `--state` and `--state Empty`. `many`: all that follow, up to the next option. */
export type ValueCount = 'never' | 'once' | 'maybe' | 'many'

/** One option. `Value` is what a tool gets of it. */
export interface OptionSpec<Value = unknown> {
  readonly takes: ValueCount
  /** May stand there several times. */
  readonly isRepeatable: boolean
  /** What the value is, for the help text: `topic`. Empty for a flag. */
  readonly placeholder: string
  readonly description: string
  /** What the tool gets if it is not given. */
  readonly defaultValue: Value
  /** Undefined: the text cannot be such a value. */
  readonly parse: (text: string) => unknown
  /** The words that it may be, for completion. */
  readonly choices?: readonly string[]
  /** In its place now; the old name is taken, and not shown. */
  readonly replacedBy?: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>

/** What a tool gets, by the option's name without its dashes. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionSpec<infer Value> ? Value : never
}

export function flag(description: string): OptionSpec<boolean> {
  return { takes: 'never', isRepeatable: true, placeholder: '', description, defaultValue: false, parse: () => true }
}

export function text(placeholder: string, description: string): OptionSpec<string | undefined>
export function text(placeholder: string, description: string, defaultValue: string): OptionSpec<string>
export function text(placeholder: string, description: string, defaultValue?: string): OptionSpec<string | undefined> {
  return { ...once(placeholder, description), defaultValue, parse: (value) => value }
}

/** Of several the tool gets all, in their order. */
export function texts(placeholder: string, description: string): OptionSpec<readonly string[]> {
  return { ...once(placeholder, description), isRepeatable: true, defaultValue: [], parse: (value) => value }
}

/** `--producer-props a=1 b=2`: all up to the next option. */
export function manyTexts(placeholder: string, description: string): OptionSpec<readonly string[]> {
  return { ...texts(placeholder, description), takes: 'many' }
}

/** The empty text if it stands there without a value. */
export function optionalText(placeholder: string, description: string): OptionSpec<string | undefined> {
  return { ...text(placeholder, description), takes: 'maybe' }
}

export function oneOf<Choice extends string>(
  choices: readonly Choice[],
  description: string,
): OptionSpec<Choice | undefined>
export function oneOf<Choice extends string>(
  choices: readonly Choice[],
  description: string,
  defaultValue: Choice,
): OptionSpec<Choice>
export function oneOf<Choice extends string>(
  choices: readonly Choice[],
  description: string,
  defaultValue?: Choice,
): OptionSpec<Choice | undefined> {
  const parse = (value: string) => choices.find((choice) => choice === value)
  return { ...once(choices.join('|'), description), defaultValue, parse, choices }
}

/** A whole number as Java's Integer. */
export function integer(placeholder: string, description: string): OptionSpec<number | undefined>
export function integer(placeholder: string, description: string, defaultValue: number): OptionSpec<number>
export function integer(
  placeholder: string,
  description: string,
  defaultValue?: number,
): OptionSpec<number | undefined> {
  return { ...once(placeholder, description), defaultValue, parse: (value) => wholeNumber(value, 2 ** 31) }
}

/** A whole number as Java's Long, as far as a number is exact. */
export function long(placeholder: string, description: string): OptionSpec<number | undefined>
export function long(placeholder: string, description: string, defaultValue: number): OptionSpec<number>
export function long(placeholder: string, description: string, defaultValue?: number): OptionSpec<number | undefined> {
  return { ...once(placeholder, description), defaultValue, parse: (value) => wholeNumber(value, 2 ** 53) }
}

export function decimal(placeholder: string, description: string): OptionSpec<number | undefined>
export function decimal(placeholder: string, description: string, defaultValue: number): OptionSpec<number>
export function decimal(
  placeholder: string,
  description: string,
  defaultValue?: number,
): OptionSpec<number | undefined> {
  const parse = (value: string) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : undefined)
  return { ...once(placeholder, description), defaultValue, parse }
}

/** The same option under the name that it had before: taken, with one line that says so. */
export function formerly<Value>(replacedBy: string, spec: OptionSpec<Value>): OptionSpec<Value> {
  return { ...spec, replacedBy }
}

function once(placeholder: string, description: string) {
  return { takes: 'once', isRepeatable: false, placeholder, description } as const
}

function wholeNumber(value: string, limit: number): number | undefined {
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN
  return number >= -limit && number < limit ? number : undefined
}
