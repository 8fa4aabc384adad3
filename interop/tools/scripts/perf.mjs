// The tools that measure, and the verifiable ones. Their figures are another suite's concern.
const figures = (text) => text.replace(/\d+(?:[.,:]\d+)*(?:E-?\d+)?/g, 'N')
const measured = (tool, ...args) => ({ tool, args, mask: figures })
// Apache's prints its usage first.
const misused = (step) => ({ ...step, stderr: 'different' })
const produce = (...args) => measured('kafka-producer-perf-test', ...args)
const load = ['--topic', '@t', '--num-records', '100', '--throughput', '-1']
const to = ['--producer-props', 'bootstrap.servers=BOOTSTRAP']
const consume = (...args) => measured('kafka-consumer-perf-test', ...args)
const roundTrips = (...args) => ({ ...measured('kafka-e2e-latency', ...args), offline: true })
const events = (text) => text.replace(/("timestamp"|"avg_throughput"|"target_throughput"):-?[\d.]+/g, '$1:N')
// Apache's prints its totals when its JVM ends.
const verifiable = (kind, ...args) => ({ tool: `kafka-verifiable-${kind}`, args, mask: events, fresh: true })

export const steps = [
  { tool: 'kafka-topics', args: ['--create', '--topic', '@t', '--partitions', '1'] },

  produce(...load, '--record-size', '100', ...to),
  misused(produce(...load, '--record-size', '100', ...to, '--payload-monotonic')),
  produce(...load, ...to, '--payload-monotonic'),
  { ...produce(...load, '--payload-file', 'FILE', '--payload-delimiter', ';', ...to), file: 'one;two;three' },
  { ...produce(...load, '--payload-file', 'FILE', ...to), file: '' },
  { ...produce(...load, '--record-size', '0', ...to), offline: true },
  misused({ ...produce(...load, ...to), offline: true }),
  misused({ ...produce(...load, '--record-size', '100'), offline: true }),
  misused({ ...produce('--topic', '@t', '--record-size', '100', ...to), offline: true }),

  consume('--topic', '@t', '--messages', '100'),
  consume('--topic', '@t', '--messages', '100', '--show-detailed-stats', '--reporting-interval', '1'),
  consume('--topic', '@t', '--messages', '50', '--hide-header'),
  consume('--topic', '@t'),
  consume('--messages', '100'),
  { ...consume('--topic', '@t', '--messages', '100'), offline: true },

  roundTrips('BOOTSTRAP', '@t', '5', 'all', '20'),
  roundTrips('BOOTSTRAP', '@t', '5', '0', '20'),
  // Apache's names its class, and says what Java says of a text that is no number.
  { ...roundTrips('BOOTSTRAP', '@t'), stderr: 'different' },
  { ...roundTrips('BOOTSTRAP', '@t', 'five', 'all', '20'), stderr: 'different' },

  verifiable('producer', '--topic', '@v', '--max-messages', '5'),
  verifiable('producer', '--topic', '@v', '--max-messages', '3', '--value-prefix', '7', '--repeating-keys', '2'),
  verifiable('producer', '--topic', '@v', '--max-messages', '0'),
  misused(verifiable('producer', '--max-messages', '5')),
  misused(verifiable('producer', '--topic', '@v', '--acks', '5')),
  verifiable(
    'consumer',
    '--topic',
    '@v',
    '--group-id',
    '@g',
    '--max-messages',
    '8',
    '--reset-policy',
    'earliest',
    '--verbose',
  ),
  misused(verifiable('consumer', '--topic', '@v')),

  // What a log holds is compared in another suite, word for word.
  // The first line of the help text.
  { tool: 'kafka-dump-log', args: [], offline: true, stderr: 'different' },
  // Ours says why it cannot be read.
  {
    tool: 'kafka-dump-log',
    args: ['--files', '/no/such/00000000000000000000.log'],
    offline: true,
    stderr: 'different',
  },
  { tool: 'kafka-dump-log', args: ['--files', '/no/such/file.txt'], offline: true },
  { tool: 'kafka-dump-log', args: ['--no-such'], offline: true },
]
