// kafka-consumer-groups, kafka-get-offsets, kafka-delete-records.
const tool = (name, ...args) => ({ tool: name, args })
// 3.9.1 writes the rows of some tables without line ends between them, and none at the end.
const groups = (...args) => ({ ...tool('kafka-consumer-groups', ...args), joined: true })
const reset = (...args) => groups('--reset-offsets', '--group', '@g', ...args)
const lines = (count) => Array.from({ length: count }, (_, n) => `${n}\n`).join('')

export const steps = [
  tool('kafka-topics', '--create', '--topic', '@t', '--partitions', '1'),
  { ...tool('kafka-console-producer', '--topic', '@t', '--sync'), input: lines(10) },
  {
    ...tool('kafka-console-consumer', '--topic', '@t', '--group', '@g', '--from-beginning', '--max-messages', '4'),
  },
  tool('kafka-get-offsets', '--topic', '@t'),
  tool('kafka-get-offsets', '--topic', '@t', '--time', 'earliest'),
  tool('kafka-get-offsets', '--topic', '@t', '--time', '-1'),
  tool('kafka-get-offsets', '--topic-partitions', '@t:0'),
  tool('kafka-get-offsets', '--topic', '@nowhere'),
  // Other groups are there too, in the order of a hash table.
  { ...groups('--list'), stdout: 'different' },
  groups('--describe', '--group', '@g'),
  groups('--describe', '--group', '@g', '--members'),
  groups('--describe', '--group', '@g', '--state'),
  groups('--describe', '--group', '@nobody'),
  reset('--topic', '@t', '--to-earliest'),
  reset('--topic', '@t', '--to-earliest', '--dry-run'),
  reset('--topic', '@t', '--to-offset', '7', '--execute'),
  groups('--describe', '--group', '@g'),
  reset('--topic', '@t', '--shift-by', '-3', '--execute'),
  reset('--topic', '@t:0', '--to-latest', '--execute'),
  reset('--all-topics', '--to-current', '--execute'),
  // Apache's says in its log that the offset is too high.
  { ...reset('--topic', '@t', '--to-offset', '99', '--execute'), stderr: 'different' },
  reset('--topic', '@t', '--to-datetime', '2020-01-01T00:00:00.000', '--execute'),
  reset('--topic', '@t', '--by-duration', 'PT1H', '--execute'),
  reset('--topic', '@t', '--to-current', '--export', '--execute'),
  reset('--topic', '@t'),
  // Ours has no warning before the mistake.
  { ...groups('--reset-offsets', '--to-earliest'), stderr: 'different' },
  groups('--delete-offsets', '--group', '@g', '--topic', '@t'),
  groups('--delete', '--group', '@g'),
  groups('--delete', '--group', '@g'),
  // Apache's says that one of the options is missing which are there.
  { ...groups('--describe', '--list'), stderr: 'different' },
  groups('--group', '@g'),
]
