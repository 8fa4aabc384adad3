/** The help text of a tool, from its options. */
import type { OptionSpec, OptionTable } from './option-table.js'

const WIDTH = 100
const COLUMN_MAX = 44

/** Lines of the help text about options, those without a place in it left out. */
export function optionLines(table: OptionTable): readonly string[] {
  const rows = Object.entries(table)
    .filter(([, spec]) => spec.replacedBy === undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [optionSyntax(name, spec), describe(spec)] as const)
  const column = Math.min(COLUMN_MAX, Math.max(...rows.map(([syntax]) => syntax.length))) + 2
  return rows.flatMap(([syntax, description]) => {
    const lines = wrapped(description, WIDTH - column - 2)
    const isLong = syntax.length > column - 2
    const first = isLong ? [`  ${syntax}`] : [`  ${syntax.padEnd(column)}${lines[0] ?? ''}`]
    return [...first, ...lines.slice(isLong ? 0 : 1).map((line) => ' '.repeat(column + 2) + line)]
  })
}

/** `--topic <topic>` */
export function optionSyntax(name: string, { takes, placeholder }: OptionSpec): string {
  switch (takes) {
    case 'never':
      return `--${name}`
    case 'once':
      return `--${name} <${placeholder}>`
    case 'maybe':
      return `--${name} [<${placeholder}>]`
    case 'many':
      return `--${name} <${placeholder}> ...`
    default:
      return takes satisfies never
  }
}

/** The description, with the default and whether it may be repeated. */
export function describe({ takes, description, defaultValue, isRepeatable }: OptionSpec): string {
  const isTold = takes !== 'never' && defaultValue !== undefined && !Array.isArray(defaultValue)
  const repeated = isRepeatable && takes === 'once' ? ' May be repeated.' : ''
  return `${description}${repeated}${isTold ? ` (default: ${String(defaultValue)})` : ''}`
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
