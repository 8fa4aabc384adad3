// kafka-configs, kafka-cluster, and what describes a broker.
const configs = (...args) => ({ tool: 'kafka-configs', args })
const topic = ['--entity-type', 'topics', '--entity-name', '@t']
const broker = ['--entity-type', 'brokers', '--entity-name', '0']

export const steps = [
  { tool: 'kafka-topics', args: ['--create', '--topic', '@t', '--config', 'retention.ms=1000'] },
  configs('--describe', ...topic),
  configs('--alter', ...topic, '--add-config', 'max.message.bytes=128000,cleanup.policy=[delete,compact]'),
  configs('--describe', ...topic),
  configs('--alter', ...topic, '--delete-config', 'max.message.bytes,retention.ms,cleanup.policy'),
  configs('--describe', ...topic),
  configs('--alter', ...topic, '--delete-config', 'retention.ms'),
  configs('--alter', ...topic, '--add-config', 'retention.ms'),
  configs('--alter', ...topic, '--add-config', 'no.such=1'),
  configs('--alter', ...topic, '--add-config', 'retention.ms=soon'),
  configs('--describe', '--entity-type', 'topics', '--entity-name', '@nowhere'),
  configs('--alter', ...broker, '--add-config', 'log.retention.ms=7200000'),
  configs('--describe', ...broker),
  // There is one broker: the second has nothing left to delete.
  {
    ...configs('--alter', ...broker, '--delete-config', 'log.retention.ms'),
    stdout: 'different',
    stderr: 'different',
    code: 'different',
  },
  configs('--describe', '--entity-type', 'brokers', '--entity-default'),
  configs('--describe'),
  configs('--describe', '--alter', ...topic),
  // Ours knows groups as well.
  { ...configs('--describe', '--entity-type', 'plants', '--entity-name', 'x'), stderr: 'different' },
  configs('--alter', ...topic),
  { tool: 'kafka-cluster', args: ['cluster-id'] },
]
