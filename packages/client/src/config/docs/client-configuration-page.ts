/** `docs/CLIENT-CONFIGURATION.md`, from the tables. */
import { adminConfigs } from '../admin-configs.js'
import { commonConfigs } from '../common-configs.js'
import type { ConfigKey, ConfigTable } from '../config-table.js'
import { consumerConfigs } from '../consumer-configs.js'
import { producerConfigs } from '../producer-configs.js'

const HEAD = `# Configuration of the client

Made from the tables in \`packages/client/src/config\` by \`npm run docs\`. Keys, types and defaults are those of Apache Kafka 4; a value may also
be the text that a \`.properties\` file has. A key that is not known is an error that names its nearest match, and in TypeScript
does not compile. The column *2.x* names the default that Kafka 2.x had, where it was another one.

What JavaScript alone has is never dotted: \`tls\`, \`credentials\`, \`logger\`, \`keySerializer\` …; the guide has them
([CLIENT.md](CLIENT.md)).
`

export function clientConfigurationPage(): string {
  const sections = [
    section('All clients', commonConfigs),
    section('Producer', without(producerConfigs, commonConfigs)),
    section('Consumer', without(consumerConfigs, commonConfigs)),
    section('Admin', without(adminConfigs, commonConfigs)),
  ]
  return `${HEAD}\n${sections.join('\n')}`
}

/** Keys that are others, or have another default. */
function without(table: ConfigTable, common: ConfigTable): ConfigTable {
  const own = Object.entries(table).filter(
    ([name, key]) => common[name]?.defaultValue !== key.defaultValue || !(name in common),
  )
  return Object.fromEntries(own)
}

function section(title: string, table: ConfigTable): string {
  const rows = Object.entries(table).map(([name, key]) => row(name, key))
  return `## ${title}\n\n| key | type | default | 2.x | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
}

function row(name: string, key: ConfigKey): string {
  const type = key.oneOf === undefined ? key.kind : key.oneOf.join(', ')
  return `| \`${name}\` | ${type} | ${shown(key.defaultValue)} | ${key.in2x ?? ''} | ${key.about} |`
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return '–'
  return `\`${Array.isArray(value) ? value.join(',') : String(value)}\``
}
