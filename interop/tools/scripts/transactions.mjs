// kafka-transactions, kafka-leader-election.
const transactions = (...args) => ({
  tool: 'kafka-transactions',
  args: ['--bootstrap-server', 'BOOTSTRAP', ...args],
  mask: withoutTimes,
})
const election = (...args) => ({ tool: 'kafka-leader-election', args })
const electionOf = (file, ...args) => ({ ...election('--path-to-json-file', 'FILE', ...args), file })
const preferred = ['--election-type', 'preferred']
// Apache's prints its usage first.
const misused = (step) => ({ ...step, stderr: 'different' })

export const steps = [
  { tool: 'kafka-topics', args: ['--create', '--topic', '@t', '--partitions', '1'] },
  { tool: 'kafka-console-producer', args: ['--topic', '@t', '--sync'], input: 'one\n' },

  transactions('list'),
  transactions('describe', '--transactional-id', '@nobody'),
  transactions('describe-producers', '--topic', '@t', '--partition', '0'),
  transactions('describe-producers', '--topic', '@t', '--partition', '0', '--broker-id', '0'),
  transactions('find-hanging', '--topic', '@t'),
  transactions('find-hanging', '--broker-id', '0', '--topic', '@t', '--partition', '0'),
  transactions('find-hanging', '--partition', '0'),
  transactions('find-hanging'),
  transactions('abort', '--topic', '@t', '--partition', '0', '--start-offset', '0'),
  transactions('abort', '--topic', '@t', '--partition', '0', '--producer-id', '5'),
  transactions('abort', '--topic', '@t', '--partition', '0'),
  misused(transactions('abort', '--topic', '@t')),
  misused(transactions('no-such')),
  misused({ tool: 'kafka-transactions', args: ['list'], offline: true }),

  election('--topic', '@t', '--partition', '0', ...preferred),
  election('--topic', '@t', '--partition', '0', '--election-type', 'unclean'),
  election('--topic', '@t', '--partition', '77', ...preferred),
  electionOf('{"partitions": [{"topic": "@t", "partition": 0}]}', ...preferred),
  electionOf('{"partitions": [{"topic": "@t", "partition": 0}, {"topic": "@t", "partition": 0}]}', ...preferred),
  electionOf('{"topics": []}', ...preferred),
  // Apache's says that it is empty.
  { ...electionOf('not JSON', ...preferred), stderr: 'different' },
  election('--topic', '@t', ...preferred),
  election('--partition', '0', '--all-topic-partitions', ...preferred),
  election('--topic', '@t', '--partition', '0', '--all-topic-partitions', ...preferred),
  election(...preferred),
  election('--topic', '@t', '--partition', '0'),
  // Ours says what it may be.
  { ...election('--topic', '@t', '--partition', '0', '--election-type', 'free'), stderr: 'different' },
  { ...election(...preferred, '--all-topic-partitions'), offline: true },
]

function withoutTimes(text) {
  return (
    text
      .replace('. Enable debug logging for additional detail.', '')
      // Apache's names the broker `Optional[…]`.
      .replace(/ on broker Optional\.empty|Optional\[(\d+)\]/g, '$1')
      .replace(/^\d+(?= .*\t\d{13}\t)/gm, 'ID')
      .replace(/\b\d{13}\b/g, 'TIME')
      // Ours says why the broker has no coordinator.
      .replace(/FindCoordinator request for .* failed due to .*|Transactions are not supported by .*/, 'REFUSED')
  )
}
