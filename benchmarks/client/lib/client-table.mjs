// The table of the clients: pure. A row is a metric of a workload; ours stands beside its goal, and every other client has
// behind its median the ratio of ours to it.
import { median, spread } from '../../lib/statistics.mjs'
import { align, formatNumber } from '../../lib/table.mjs'

/** How a metric is called and shown. */
export const metrics = {
  perSecond: { title: 'rate', unit: 'k records/s', scale: 1e-3 },
  cpuUs: { title: 'CPU', unit: 'µs/record', scale: 1 },
  p50Ms: { title: 'p50', unit: 'ms', scale: 1 },
  p99Ms: { title: 'p99', unit: 'ms', scale: 1 },
  sinceStartMs: { title: 'time', unit: 'ms', scale: 1 },
  startBytes: { title: 'RSS at start', unit: 'MB', scale: 1e-6 },
  peakBytes: { title: 'RSS at most', unit: 'MB', scale: 1e-6 },
}

/**
 * `results`: `[{ title, shown, goals, values: { [client]: { [metric]: number[] } } }]`.
 * Returns rows of `{ title, metric, unit, goal, isMet, cells: { [client]: { median, spread, ratio } } }`; `isMet` is undefined
 * without a goal or a measurement.
 */
export function toRows(results) {
  return results.flatMap(({ title, shown, goals, values }) =>
    shown.map((name) => {
      const { title: metric, unit, scale } = metrics[name]
      const own = values.ours?.[name]
      const cells = {}
      for (const [client, { [name]: measured }] of Object.entries(values)) {
        if (measured === undefined) continue
        const ratio = own && client !== 'ours' ? median(own) / median(measured) : undefined
        cells[client] = { median: median(measured) * scale, spread: spread(measured), ratio }
      }
      const goal = goals[name]
      return { title, metric, unit, goal, isMet: isMet(goal, cells.ours?.median), cells }
    }),
  )
}

/** `clients`: `{ name, title }` of each column, ours first. */
export function formatTable(rows, clients) {
  const others = clients.filter(({ name }) => name !== 'ours')
  const head = ['workload', 'metric', 'ours', 'goal', '', ...others.map(({ title }) => title)]
  const lines = rows.map(({ title, metric, unit, goal, isMet, cells }) => [
    title,
    `${metric}, ${unit}`,
    formatOwn(cells.ours),
    formatGoal(goal),
    isMet === undefined ? '' : isMet ? 'met' : 'missed',
    ...others.map(({ name }) => formatOther(cells[name])),
  ])
  return align([head, ...lines])
}

function isMet(goal, value) {
  if (goal === undefined || value === undefined) return undefined
  return value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (goal.atMost ?? Number.POSITIVE_INFINITY)
}

function formatOwn(cell) {
  return cell ? `${formatNumber(cell.median)} ±${Math.round(cell.spread * 100)} %` : ''
}

function formatOther(cell) {
  if (!cell) return ''
  return cell.ratio === undefined
    ? formatNumber(cell.median)
    : `${formatNumber(cell.median)} (${formatNumber(cell.ratio)} ×)`
}

function formatGoal(goal) {
  if (goal === undefined) return ''
  return goal.atLeast === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`
}
