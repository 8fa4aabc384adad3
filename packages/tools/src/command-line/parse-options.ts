/** Command lines by the rules of jopt-simple, which Kafka's tools go by: `--topic x`, `--topic=x`, `-topic x`; `--` ends options. */
import { nearestKey } from '@millrace/protocol'
import type { OptionSpec, OptionTable, OptionValues } from './option-table.js'

/** A command line that its tool does not understand: one sentence, exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface ParsedOptions<Table extends OptionTable> {
  readonly values: OptionValues<Table>
  /** The options that stand there: a default value does not count. */
  readonly given: ReadonlySet<keyof Table & string>
  /** The same, in their order, one that stands there twice also here. */
  readonly occurrences: readonly (keyof Table & string)[]
  /** What is no option and no value of one. */
  readonly words: readonly string[]
}

/** With `untilWord` all that follows the first word belongs to it, and is in `words` as it stands. Errors: UsageError. */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  args: readonly string[],
  { untilWord = false }: { readonly untilWord?: boolean } = {},
): ParsedOptions<Table> {
  const texts = new Map<string, string[]>()
  const words: string[] = []
  const occurrences: string[] = []
  let at = 0
  while (at < args.length) {
    const arg = args[at++] ?? ''
    const option = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(arg)
    if (arg === '--' || option === null) {
      words.push(...(arg === '--' ? [] : [arg]))
      if (arg !== '--' && !untilWord) continue
      words.push(...args.slice(at))
      break
    }
    const [, name = '', attached] = option
    const spec = table[name]
    if (spec === undefined) throw new UsageError(unknownOption(name, table))
    const values = texts.get(name) ?? []
    texts.set(name, values)
    occurrences.push(name)
    if (attached !== undefined && spec.takes !== 'never') values.push(attached)
    else at += takeValues(name, spec, args.slice(at), values)
  }
  const values = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [name, valueIn(name, spec, texts.get(name))]),
  )
  return { values: values as OptionValues<Table>, given: new Set(occurrences), occurrences, words }
}

/** How many of `following` the option took. */
function takeValues(name: string, { takes }: OptionSpec, following: readonly string[], values: string[]): number {
  const [next] = following
  if (takes === 'never') return 0
  if (takes === 'maybe' && (next === undefined || next.startsWith('-'))) return 0
  if (next === undefined) throw new UsageError(`Option ${name} requires an argument`)
  const end = following.findIndex((arg) => arg.startsWith('--'))
  const taken = takes === 'many' ? following.slice(0, end === -1 ? following.length : end) : [next]
  values.push(...taken)
  return taken.length
}

function valueIn(name: string, spec: OptionSpec, texts: readonly string[] | undefined): unknown {
  if (texts === undefined) return spec.defaultValue
  if (spec.takes === 'never') return true
  if (spec.takes === 'maybe' && texts.length === 0) return ''
  if (texts.length > 1 && !spec.isRepeatable) {
    throw new UsageError(`Found multiple arguments for option ${name}, but you asked for only one`)
  }
  const parsed = texts.map((one) => {
    const value = spec.parse(one)
    if (value !== undefined) return value
    const choices = spec.choices === undefined ? '' : `: it is one of ${spec.choices.join(', ')}`
    throw new UsageError(`Cannot parse argument '${one}' of option ${name}${choices}`)
  })
  return spec.isRepeatable ? parsed : parsed[0]
}

function unknownOption(name: string, table: OptionTable): string {
  const nearest = nearestKey(name, Object.keys(table))
  return `${name} is not a recognized option${nearest === undefined ? '' : `: did you mean --${nearest}?`}`
}
