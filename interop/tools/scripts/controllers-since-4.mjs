// --bootstrap-controller of the tools that have it since 4.0.
const at = (tool, ...args) => ({ tool, args: ['--bootstrap-controller', 'CONTROLLER', ...args] })
const both = ['--bootstrap-server', 'BOOTSTRAP', '--bootstrap-controller', 'localhost:1']
const alice = ['--allow-principal', 'User:@alice']

export const steps = [
  { ...at('kafka-acls', '--add', ...alice, '--topic', '@t'), sorted: true },
  { ...at('kafka-acls', '--list', '--topic', '@t'), sorted: true },
  at('kafka-acls', '--remove', '--topic', '@t', '--force'),

  at('kafka-reassign-partitions', '--list'),
  at('kafka-reassign-partitions', '--verify', '--reassignment-json-file', 'no-such-file'),

  { tool: 'kafka-acls', args: [...both, '--list'] },
  { tool: 'kafka-reassign-partitions', args: [...both, '--list'] },

  { tool: 'kafka-cluster', args: ['list-endpoints', '--bootstrap-controller', 'CONTROLLER'] },
  // Apache's prints a stack trace.
  {
    tool: 'kafka-cluster',
    args: ['list-endpoints', '--bootstrap-controller', 'CONTROLLER', '--include-fenced-brokers'],
    stderr: 'different',
  },
]
