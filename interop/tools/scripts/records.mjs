// kafka-get-offsets, kafka-delete-records, kafka-log-dirs: where records are, and up to where they are gone.
const offsets = (...args) => ({ tool: 'kafka-get-offsets', args })
const deletion = (file) => ({ tool: 'kafka-delete-records', args: ['--offset-json-file', 'FILE'], file })
const before = (...partitions) =>
  deletion(
    JSON.stringify({
      partitions: partitions.map(([topic, partition, offset]) => ({ topic, partition, offset })),
      version: 1,
    }),
  )
const directories = (...args) => ({ tool: 'kafka-log-dirs', args })
const lines = (count) => Array.from({ length: count }, (_, n) => `${n}\n`).join('')

export const steps = [
  { tool: 'kafka-topics', args: ['--create', '--topic', '@t', '--partitions', '1'] },
  { tool: 'kafka-topics', args: ['--create', '--topic', '@wide', '--partitions', '12'] },
  { tool: 'kafka-console-producer', args: ['--topic', '@t', '--sync'], input: lines(10) },

  offsets('--topic', '@t'),
  offsets('--topic', '@wide'),
  offsets('--topic', '@wide', '--partitions', '3,1,77'),
  offsets('--topic', '@wide', '--partitions', '3,one'),
  offsets('--topic-partitions', '@t,@wide:2-4,@wide:7-,@wide:-1'),
  offsets('--topic-partitions', '@t', '--topic', '@t'),
  offsets('--topic-partitions', '@t', '--partitions', '0'),
  offsets('--topic', '@[tw].*', '--partitions', '0', '--exclude-internal-topics'),
  offsets('--topic', '@t', '--time', 'earliest'),
  offsets('--topic', '@t', '--time', '-1'),
  offsets('--topic', '@t', '--time', '-2'),
  offsets('--topic', '@t', '--time', '0'),
  { ...offsets('--topic', '@t', '--time', 'max-timestamp'), notOn: ['apache-2.5'] },
  offsets('--topic', '@t', '--time', '9999999999999'),
  offsets('--topic', '@t', '--time', 'soon'),
  offsets('--topic', '@nowhere'),
  { ...offsets('--topic', '@t', '--bootstrap-server', 'nohost:port'), offline: true },
  { ...offsets('--topic', '@t'), offline: true },
  offsets('--topic', '@t', '--no-such'),

  before(['@t', 0, 4]),
  offsets('--topic', '@t', '--time', 'earliest'),
  before(['@t', 0, 2]),
  before(['@t', 0, 99]),
  before(['@t', 0, -1]),
  { ...before(['@wide', 0, -1], ['@wide', 1, 0], ['@t', 0, 5]), sorted: true },
  before(['@t', 0, 4], ['@t', 0, 5]),
  deletion('{"partitions": [], "version": 2}'),
  deletion('{"version": 1}'),
  // Ours shows what an entry looks like.
  { ...deletion('{"partitions": [{"topic": "@t"}], "version": 1}'), stderr: 'different' },
  deletion('not JSON'),
  deletion(''),
  // Ours says why.
  { tool: 'kafka-delete-records', args: ['--offset-json-file', '/no/such/file.json'], stderr: 'different' },
  { tool: 'kafka-delete-records', args: [] },

  directories('--describe', '--topic-list', '@t'),
  directories('--describe', '--topic-list', '@t', '--broker-list', '0'),
  directories('--describe', '--topic-list', '@nowhere'),
  directories('--describe', '--broker-list', '0,7,8'),
  // Apache's says what Java says of a text that is no number.
  { ...directories('--describe', '--broker-list', 'zero'), stderr: 'different' },
  directories('--topic-list', '@t'),
  { ...directories('--describe'), offline: true },
]
