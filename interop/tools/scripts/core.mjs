// What every tutorial does: topics, messages, groups, offsets. Its output has hardly changed from 2.5 to 4.x.
const tool = (name, ...args) => ({ tool: name, args })
const topics = (...args) => tool('kafka-topics', ...args)
const produce = (input, ...args) => ({ ...tool('kafka-console-producer', '--topic', '@core', ...args), input })
const consume = (...args) => tool('kafka-console-consumer', '--topic', '@core', '--from-beginning', ...args)
const groups = (...args) => tool('kafka-consumer-groups', ...args)
const properties = (...pairs) => pairs.flatMap((pair) => ['--property', pair])
// 3.9.1 writes the rows of some tables without line ends between them, and the columns are as wide as each version likes.
const joined = (step) => ({ ...step, joined: true, mask: (text) => text.replace(/ +/g, ' ').replace(/ $/gm, '') })

const all = [
  topics('--create', '--topic', '@core', '--partitions', '1', '--replication-factor', '1'),
  topics(
    '--create',
    '--topic',
    '@a.b_c',
    '--partitions',
    '2',
    '--replication-factor',
    '1',
    '--config',
    'retention.ms=1000',
  ),
  topics('--create', '--topic', '@core', '--partitions', '1', '--replication-factor', '1'),
  topics('--create', '--topic', '@wide', '--partitions', '1', '--replication-factor', '7'),
  topics('--describe', '--topic', '@core'),
  topics('--describe', '--topic', '@a.b_c'),
  topics('--alter', '--topic', '@a.b_c', '--partitions', '3'),
  topics('--delete', '--topic', '@a.b_c'),
  topics('--list', '--create'),

  produce('testMessage\n'),
  produce('Pangyo-23\n', ...properties('parse.key=true', 'key.separator=-')),
  consume('--max-messages', '2'),
  consume('--max-messages', '2', ...properties('print.key=true', 'key.separator=-')),
  consume('--max-messages', '1', '--group', '@group'),
  tool('kafka-console-consumer', '--topic', '@core', '--partition', '0', '--offset', '1', '--max-messages', '1'),
  // Each version has words of its own, and names for the options.
  { ...tool('kafka-console-consumer', '--from-beginning'), stderr: 'different' },

  joined(groups('--describe', '--group', '@group')),
  // 4.x writes a dash where nothing is.
  { ...groups('--describe', '--group', '@group', '--state'), stdout: 'different' },
  joined(groups('--reset-offsets', '--group', '@group', '--topic', '@core', '--to-earliest', '--execute')),
  joined(groups('--reset-offsets', '--group', '@group', '--topic', '@core', '--shift-by', '1', '--dry-run')),
  groups('--delete', '--group', '@group'),

  tool('kafka-configs', '--describe', '--entity-type', 'topics', '--entity-name', '@core'),
  {
    ...tool('kafka-delete-records', '--offset-json-file', 'FILE'),
    file: '{"partitions": [{"topic": "@core", "partition": 0, "offset": 1}], "version": 1}',
  },
  tool('kafka-log-dirs', '--describe', '--topic-list', '@core'),
]

export const steps = all.map(({ mask = (text) => text, ...step }) => ({
  ...step,
  mask: (text) => mask(inCommon(text)),
}))

/** Without what 2.5 does not print yet, and what 4.x has added: which spellings are going to leave, and news. */
function inCommon(text) {
  return text
    .replace(/\tTopicId: ID/g, '')
    .replace(/\t(?:LastKnown)?Elr: (?:N\/A)?/g, '')
    .replace(/Topic '?(@[\w-]+)'? already exists\.?/g, 'Topic $1 already exists')
    .replace(/^(?:Warning: |Option )--property is deprecated.*\n/gm, '')
    .replace(/^The consumer rebalance protocol \(KIP-848\) .*\n/gm, '')
    .replace(/^>+/, '')
    .replace(/^\{.*\}$/gm, sortedJson)
}

/** Java's order of fields is that of a hash table. */
function sortedJson(text) {
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const sorted = (_key, value) => (isObject(value) ? Object.fromEntries(Object.entries(value).sort()) : value)
  return JSON.stringify(JSON.parse(text), sorted)
}
