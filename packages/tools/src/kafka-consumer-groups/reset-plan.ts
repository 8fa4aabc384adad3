/** Files of offsets, as `--export` writes and `--from-file` reads them: lines of `[group,]topic,partition,offset`. */
import type { TopicPartition } from '@millrace/client'
import { ToolError } from '../command-line/tool.js'

export interface PlannedOffset extends TopicPartition {
  readonly group: string
  readonly offset: number
}

/** `onlyGroup`: lines without a group are this one's. Errors: ToolError with the number of the line. */
export function parsePlan(csv: string, onlyGroup: string | undefined): readonly PlannedOffset[] {
  const lines = csv.split(/\r?\n/).map((text, at) => ({ cells: cellsOf(text), number: at + 1 }))
  return lines
    .filter(({ cells }) => cells.length > 1)
    .map(({ cells, number }) => {
      const rest = cells.length === 4 ? cells.slice(1) : cells
      const group = cells.length === 4 ? cells[0] : onlyGroup
      const [topic = '', partition = '', offset = ''] = rest
      if (rest.length === 3 && group && topic !== '' && /^\d+$/.test(partition) && /^\d+$/.test(offset)) {
        return { group, topic, partition: Number(partition), offset: Number(offset) }
      }
      const wanted = onlyGroup === undefined ? 'group,topic,partition,offset' : '[group,]topic,partition,offset'
      throw new ToolError(`Line ${number} of the file is not ${wanted}`)
    })
}

function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  )
}

/** With the line's end. */
export function planLine({ group, topic, partition, offset }: PlannedOffset, withGroup: boolean): string {
  const cells = [...(withGroup ? [group] : []), topic, partition, offset]
  return `${cells.map((cell) => quoted(String(cell))).join(',')}\n`
}

function quoted(cell: string): string {
  return /[",\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
