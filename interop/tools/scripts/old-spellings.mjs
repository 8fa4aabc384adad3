// The command lines of 2.5 that 3.9 has dropped or renamed: ours take them still.
const tool = (name, ...args) => ({ tool: name, args })
const listed = ['--broker-list', 'BOOTSTRAP']
const stored = ['--zookeeper', 'ZOOKEEPER']
// Ours says on stderr that it found brokers there; 2.5's says on stdout that the option will go, and that topics may stay.
const found = (step) => ({ ...step, mask: withoutNotes, stderr: 'different' })
// 2.5's has a prompt for no one, and sends the last lines when its JVM ends.
const prompted = (step) => ({ ...step, fresh: true, mask: (text) => text.replace(/^>+/, '') })

export const steps = [
  found(
    tool('kafka-topics', '--create', '--topic', '@old', '--partitions', '1', '--replication-factor', '1', ...stored),
  ),
  found(tool('kafka-topics', '--list', '--topic', '@old', ...stored)),
  found(tool('kafka-topics', '--describe', '--topic', '@old', ...stored)),
  tool('kafka-topics', '--create', '--topic', '@listed', '--partitions', '1', '--replication-factor', '1'),
  prompted({ ...tool('kafka-console-producer', '--topic', '@listed', ...listed), input: 'one\ntwo\n' }),
  tool('kafka-get-offsets', '--topic', '@listed', '--time', '-1', ...listed),
  tool('kafka-get-offsets', '--topic', '@listed', '--time', '-2', ...listed),
  tool('kafka-console-consumer', '--topic', '@listed', '--from-beginning', '--max-messages', '2'),
  tool('kafka-console-consumer', '--whitelist', '@list.*', '--from-beginning', '--max-messages', '2'),
  found(
    tool(
      'kafka-configs',
      '--alter',
      '--entity-type',
      'topics',
      '--entity-name',
      '@listed',
      '--add-config',
      'retention.ms=1000',
      ...stored,
    ),
  ),
  found(tool('kafka-configs', '--describe', '--entity-type', 'topics', '--entity-name', '@listed', ...stored)),
  {
    ...tool('kafka-verifiable-producer', '--topic', '@listed', '--max-messages', '2', ...listed),
    mask: events,
    fresh: true,
  },
  found(tool('kafka-topics', '--delete', '--topic', '@old', ...stored)),
]

function events(text) {
  return text.replace(/("timestamp"|"avg_throughput"|"target_throughput"):-?[\d.]+/g, '$1:N')
}

function withoutNotes(text) {
  return text
    .replace(/^Warning: --zookeeper is deprecated.*\nUse --bootstrap-server instead.*\n/gm, '')
    .replace(/^Topic \S+ is marked for deletion\.\nNote: .*\n/gm, '')
    .replace(/\t(?:TopicId: ID|(?:LastKnown)?Elr: (?:N\/A)?)/g, '')
}
