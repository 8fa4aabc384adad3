/** What `zkCli` prints of a node: its stat, its children, its data. */
import type { Stat } from '@millrace/zookeeper'
import { javaDate } from './java-date.js'

/** The lines of a stat (`StatPrinter`), times in the local zone. */
export function formatStat(stat: Stat): readonly string[] {
  return [
    `cZxid = ${hex(stat.czxid)}`,
    `ctime = ${javaDate(stat.ctime)}`,
    `mZxid = ${hex(stat.mzxid)}`,
    `mtime = ${javaDate(stat.mtime)}`,
    `pZxid = ${hex(stat.pzxid)}`,
    `cversion = ${stat.cversion}`,
    `dataVersion = ${stat.version}`,
    `aclVersion = ${stat.aversion}`,
    `ephemeralOwner = ${hex(stat.ephemeralOwner)}`,
    `dataLength = ${stat.dataLength}`,
    `numChildren = ${stat.numChildren}`,
  ]
}

/** A list as Java prints one. */
export function formatList(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}

/** The table that Netty's `prettyHexDump` makes: sixteen bytes a line, with their ASCII. Empty for no bytes. */
export function hexDump(data: Buffer): string {
  if (data.length === 0) return ''
  const rule = `+${'-'.repeat(8)}+${'-'.repeat(49)}+${'-'.repeat(16)}+`
  const columns = Array.from({ length: 16 }, (_, column) => `  ${column.toString(16)}`).join('')
  const lines = [`${' '.repeat(9)}+${'-'.repeat(49)}+`, `${' '.repeat(9)}|${columns} |`, rule]
  for (let at = 0; at < data.length; at += 16) {
    const row = data.subarray(at, at + 16)
    const bytes = Array.from(row, (byte) => ` ${byte.toString(16).padStart(2, '0')}`).join('')
    const text = Array.from(row, (byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`|${at.toString(16).padStart(8, '0')}|${bytes.padEnd(48)} |${text.padEnd(16)}|`)
  }
  return [...lines, rule].join('\n')
}

/** Java shows a negative long as its 64 bits. */
function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`
}
