/** Writes docs/CONFIGURATION.md from the tables of configs: the page says what the broker does because both read one table. */
import { brokerConfigs } from '../broker-config.js'
import type { ConfigKey, ConfigTable } from '../config-key.js'
import { generalConfigs } from '../keys/general.js'
import { groupsConfigs } from '../keys/groups.js'
import { kraftConfigs } from '../keys/kraft.js'
import { logConfigs } from '../keys/log.js'
import { millraceConfigs } from '../keys/millrace.js'
import { networkConfigs } from '../keys/network.js'
import { quotasMetricsConfigs } from '../keys/quotas-metrics.js'
import { remoteStorageConfigs } from '../keys/remote-storage.js'
import { replicationConfigs } from '../keys/replication.js'
import { securityConfigs } from '../keys/security.js'
import { topicConfigs } from '../keys/topic.js'
import { transactionsConfigs } from '../keys/transactions.js'
import { zookeeperConfigs } from '../keys/zookeeper.js'
import { topicSynonyms } from '../topic-synonyms.js'
import { importanceOf } from './importance.js'
import { goneSince2x, in2x } from './in-2x.js'

interface Section {
  readonly title: string
  readonly table: ConfigTable
}

const brokerSections: readonly Section[] = [
  { title: 'General', table: generalConfigs },
  { title: 'Listeners, connections and requests', table: networkConfigs },
  { title: 'Logs', table: logConfigs },
  { title: 'What only Millrace has', table: millraceConfigs },
  { title: 'Groups', table: groupsConfigs },
  { title: 'Replication', table: replicationConfigs },
  { title: 'Cluster store (ZooKeeper)', table: zookeeperConfigs },
  { title: 'Transactions', table: transactionsConfigs },
  { title: 'Security', table: securityConfigs },
  { title: 'Quotas and metrics reporters', table: quotasMetricsConfigs },
  { title: 'KRaft', table: kraftConfigs },
  { title: 'Tiered storage', table: remoteStorageConfigs },
]

const introduction = `# Configuration

Generated from the tables of configs by \`npm run docs\`: a test fails when this page is not what the tables say. Edit the
tables in \`packages/broker/src/config/keys\`.

Keys, types and defaults are those of Apache Kafka 3.9, in \`server.properties\`, with \`--override key=value\`, and, where they
can be changed while the broker runs, with \`kafka-configs\`. A key that does not exist is named in a warning with the
nearest one that does; a wrong value stops the start, and all of them are told at once.

- **Change**: *restart* – read when the broker starts. *broker* – dynamic, for one broker or as the default of all. *cluster* –
  dynamic, for one broker or all. Topic configs are all dynamic.
- **Effect**: a key that is marked *none* is taken, checked and told to whoever asks, and changes nothing.
- **2.x**: what Kafka 2.5 had otherwise. *Not there*: the key is newer. Empty: the same.

The levels of loggers are changed as the configs of \`broker-loggers\`: see [OPERATIONS.md](OPERATIONS.md#logs).
`

/** The whole page. */
export function configurationPage(): string {
  const all = new Set(brokerSections.flatMap(({ table }) => Object.keys(table)))
  const missing = Object.keys(brokerConfigs).filter((name) => !all.has(name))
  if (missing.length > 0) throw new Error(`No section of the page has ${missing.join(', ')}`)
  const parts = [
    introduction,
    '## Broker configs\n',
    ...brokerSections.map(({ title, table }) => `### ${title}\n\n${tableOf(table, brokerColumns)}`),
    '## Topic configs\n',
    'A topic that does not set one has the value of the broker key beside it. All are of medium importance.\n',
    tableOf(topicConfigs, topicColumns),
    '## Keys of Kafka 2.5 that are gone\n',
    rows(
      ['Key', 'Now'],
      Object.entries(goneSince2x).map(([name, now]) => [code(name), now]),
    ),
  ]
  return `${parts.join('\n').trimEnd()}\n`
}

type Column = readonly [title: string, read: (name: string, key: ConfigKey) => string]

const commonColumns: readonly Column[] = [
  ['Key', (name) => code(name)],
  ['Type', (_, { kind }) => (kind === 'javaClass' ? 'class' : kind)],
  ['Default', (_, { defaultText }) => (defaultText === null ? '–' : code(defaultText))],
  ['Valid values', (_, key) => validValues(key)],
]

const lastColumns: readonly Column[] = [
  ['Effect', (_, { effect }) => (effect === 'none' ? 'none' : '')],
  ['Meaning', (_, key) => meaning(key)],
  ['2.x', (name) => in2x(name) ?? ''],
]

const brokerColumns: readonly Column[] = [
  ...commonColumns,
  ['Importance', (name) => importanceOf(name)],
  ['Change', (_, { update }) => (update === undefined ? 'restart' : update === 'perBroker' ? 'broker' : 'cluster')],
  ...lastColumns,
]

const topicColumns: readonly Column[] = [
  ...commonColumns,
  ['Broker key', (name) => code((topicSynonyms as Readonly<Record<string, string>>)[name] ?? '')],
  ...lastColumns,
]

function tableOf(table: ConfigTable, columns: readonly Column[]): string {
  const names = Object.keys(table).sort()
  const cells = names.map((name) => columns.map(([, read]) => read(name, table[name] as ConfigKey)))
  return rows(
    columns.map(([title]) => title),
    cells,
  )
}

function rows(titles: readonly string[], cells: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |\n`
  return [line(titles), line(titles.map(() => '---')), ...cells.map(line)].join('')
}

function validValues({ min, max, oneOf }: ConfigKey): string {
  if (oneOf !== undefined) return oneOf.map(code).join(', ')
  if (min !== undefined && max !== undefined) return `${min} to ${max}`
  if (min !== undefined) return `from ${min}`
  return max === undefined ? '' : `to ${max}`
}

function meaning({ about, effect, refuse }: ConfigKey): string {
  if (about !== undefined) return about
  if (effect === 'none') return 'Taken, without effect here.'
  return refuse === undefined ? '' : 'Asks for something that is not supported: refused if set.'
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}
