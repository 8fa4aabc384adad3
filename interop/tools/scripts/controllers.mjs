// --bootstrap-controller: tools that ask the controllers of a KRaft cluster and no broker (KIP-919).
const at = (tool, ...args) => ({ tool, args: ['--bootstrap-controller', 'CONTROLLER', ...args] })
const cluster = (command, ...args) => ({
  tool: 'kafka-cluster',
  args: [command, '--bootstrap-controller', 'CONTROLLER', ...args],
})
const both = ['--bootstrap-server', 'BOOTSTRAP', '--bootstrap-controller', 'localhost:1']
// Apache's prints its usage first.
const misused = (step) => ({ ...step, stderr: 'different', fresh: true })

export const steps = [
  cluster('cluster-id'),
  { tool: 'kafka-cluster', args: ['cluster-id', '-C', 'CONTROLLER'] },
  // Ours says what the controller says.
  { ...cluster('unregister', '--id', '77'), stderr: 'different' },

  { ...at('kafka-metadata-quorum', 'describe', '--status'), mask: withoutFigures },
  { ...at('kafka-metadata-quorum', 'describe', '--replication'), mask: withoutFigures },

  { ...at('kafka-features', 'describe'), mask: withoutLevels },
  at('kafka-features', 'upgrade', '--feature', 'metadata.version=99', '--dry-run'),

  at('kafka-configs', '--describe', '--entity-type', 'brokers', '--entity-name', '0'),
  {
    ...at(
      'kafka-configs',
      '--alter',
      '--entity-type',
      'brokers',
      '--entity-default',
      '--add-config',
      'log.cleaner.threads=1',
    ),
    alone: true,
  },
  { ...at('kafka-configs', '--describe', '--entity-type', 'brokers', '--entity-default'), alone: true },
  at(
    'kafka-configs',
    '--alter',
    '--entity-type',
    'users',
    '--entity-name',
    '@u',
    '--add-config',
    'producer_byte_rate=1024',
  ),
  // Controllers know no topics' names: which call it is that they lack is said by ours alone.
  { ...at('kafka-configs', '--describe', '--entity-type', 'topics'), stderr: 'different' },

  misused({ tool: 'kafka-cluster', args: ['cluster-id', ...both] }),
  misused({ tool: 'kafka-features', args: [...both, 'describe'] }),
  misused({ tool: 'kafka-metadata-quorum', args: [...both, 'describe', '--status'] }),
  { tool: 'kafka-configs', args: [...both, '--describe', '--entity-type', 'topics'] },
]

/** Which levels have a name depends on the version of the tool. */
function withoutLevels(text) {
  return text.replace(/\d\.\d-IV\d|UNKNOWN \d+/g, 'LEVEL').replace(/Epoch: \d+/g, 'Epoch: N')
}

/** Those of a quorum go on while it is looked at; columns are as wide as they are. */
function withoutFigures(text) {
  return text.replace(/\d+/g, 'N').replace(/ +/g, ' ')
}
