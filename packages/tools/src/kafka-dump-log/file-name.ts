import { basename } from 'node:path'
import { ToolError } from '../command-line/tool.js'

/** The offset that the name of a segment's file begins with. Errors: ToolError. */
export function baseOffsetOf(file: string): number {
  const [text = ''] = basename(file).split('.')
  const offset = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(offset)) return offset
  throw new ToolError(`${file}: the name of a segment's file begins with its offset, as in 00000000000000000042.log`)
}
