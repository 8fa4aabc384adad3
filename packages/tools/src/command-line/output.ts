/** What a tool prints: text as Kafka's tools print it, or JSON. */
import { oneOf } from './option-table.js'

export const outputOption = {
  output: oneOf(['text', 'json'], 'How results are printed.', 'text'),
} as const

/** One line of JSON; int64 beyond a number's precision as texts. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === 'bigint') return String(field)
    if (field instanceof Map) return Object.fromEntries(field)
    return field instanceof Set ? [...field] : field
  })
}

/** Cells of one row, each in its column's width as far as it goes, one blank between (`printf("%-10s %-5s")`). */
export function row(widths: readonly number[], cells: readonly (string | number | bigint)[]): string {
  return cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join(' ')
}

/** Rows below their headings, each column as wide as its widest cell, a tab behind each (`ToolsUtils.prettyPrintTable`). */
export function tabbedTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((cells) => `${cells[at]}`.length)))
  return [headings, ...rows].map((cells) =>
    cells.map((cell, at) => `${String(cell).padEnd(widths[at] ?? 0)}\t`).join(''),
  )
}
