// The table of results: pure. One row is one metric of one workload; each peer has its median with its spread, and
// behind it the ratio of ours to it.
import { median, spread } from './statistics.mjs'

/** How a metric is called and shown. */
export const metrics = {
  cpuUs: { title: 'CPU', unit: 'µs/record' },
  perSecond: { title: 'rate', unit: 'k records/s', scale: 1e-3 },
  operationCpuUs: { title: 'CPU', unit: 'µs/operation' },
  operationsPerSecond: { title: 'rate', unit: 'k operations/s', scale: 1e-3 },
  meanMs: { title: 'mean', unit: 'ms' },
  p50Ms: { title: 'p50', unit: 'ms' },
  p99Ms: { title: 'p99', unit: 'ms' },
  p999Ms: { title: 'p99.9', unit: 'ms' },
  firstStartMs: { title: 'start, empty', unit: 'ms' },
  secondStartMs: { title: 'start, again', unit: 'ms' },
  idleBytes: { title: 'RSS idle', unit: 'MB', scale: 1e-6 },
  loadedBytes: { title: 'RSS loaded', unit: 'MB', scale: 1e-6 },
  idleCpu: { title: 'CPU idle', unit: '% of a core', scale: 100 },
}

export const ours = 'millrace'

/**
 * `results`: `[{ workload, title, goals, values: { [peer]: { [metric]: number[] } } }]`.
 * Returns rows of `{ workload, title, metric, unit, goal, cells: { [peer]: { median, spread, ratio } } }`.
 */
export function toRows(results) {
  return results.flatMap(({ workload, title, goals = {}, values }) =>
    Object.entries(metrics)
      .filter(([metric]) => Object.values(values).some((ofPeer) => ofPeer[metric]?.length > 0))
      .map(([metric, { title: metricTitle, unit, scale = 1 }]) => {
        const own = values[ours]?.[metric]
        const cells = {}
        for (const [peer, { [metric]: measured = [] }] of Object.entries(values)) {
          if (measured.length === 0) continue
          const cell = { median: median(measured) * scale, spread: spread(measured) }
          if (peer !== ours && own?.length > 0) cell.ratio = median(own) / median(measured)
          cells[peer] = cell
        }
        return { workload, title, metric: metricTitle, unit, goal: goals[metric], cells }
      }),
  )
}

/** The rows as a Markdown table, which is readable in a terminal too. */
export function formatTable(rows, peers) {
  const head = ['workload', 'metric', ours]
  for (const peer of peers) if (peer !== ours) head.push(peer, 'ratio')
  head.push('goal')
  const lines = rows.map(({ title, metric, unit, goal, cells }) => {
    const line = [title, `${metric}, ${unit}`, formatCell(cells[ours])]
    for (const peer of peers) if (peer !== ours) line.push(formatCell(cells[peer]), formatRatio(cells[peer]?.ratio))
    return [...line, formatGoal(goal)]
  })
  return align([head, ...lines])
}

/** Three significant digits are more than the measurement knows. */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

function formatCell(cell) {
  return cell ? `${formatNumber(cell.median)} ±${Math.round(cell.spread * 100)} %` : ''
}

function formatRatio(ratio) {
  return ratio === undefined ? '' : `${formatNumber(ratio)} ×`
}

/** A number is a ratio to Apache's, a string says it all. */
function formatGoal(goal) {
  if (goal === undefined) return ''
  return typeof goal === 'number' ? `≤ ${goal} ×` : goal
}

export function align(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const isNumeric = (column) => column >= 2
  const pad = (text, column) => (isNumeric(column) ? text.padStart(widths[column]) : text.padEnd(widths[column]))
  const format = (line) => `| ${line.map(pad).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (isNumeric(column) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [format(lines[0]), rule, ...lines.slice(1).map(format)].join('\n')
}
