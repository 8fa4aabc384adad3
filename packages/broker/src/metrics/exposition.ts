/** The text format of Prometheus, version 0.0.4: how names, labels and numbers are written. */

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'

export type Labels = Readonly<Record<string, string | number>>

export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** What stands above the lines of one metric. */
export function metricHeader(name: string, type: MetricType, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
}

/** One series: `name{labels} value`. `labels` are written already, see {@link labelText}; empty for none. */
export function metricLine(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`
}

/** `a="1",b="2"`, escaped. */
export function labelText(labels: Labels): string {
  let text = ''
  for (const name in labels) {
    if (text !== '') text += ','
    text += `${name}="${escapeLabel(String(labels[name]))}"`
  }
  return text
}

const special = /[\\"\n]/

function escapeLabel(value: string): string {
  if (!special.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
