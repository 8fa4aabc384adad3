// kafka-cluster, kafka-broker-api-versions, kafka-features, kafka-metadata-quorum: what a cluster is.
const cluster = (...args) => ({ tool: 'kafka-cluster', args })
const features = (...args) => ({ tool: 'kafka-features', args: ['--bootstrap-server', 'BOOTSTRAP', ...args] })
const quorum = (...args) => ({ tool: 'kafka-metadata-quorum', args: ['--bootstrap-server', 'BOOTSTRAP', ...args] })
// Apache's prints its usage first.
const misused = (step) => ({ ...step, stderr: 'different', fresh: true })

export const steps = [
  cluster('cluster-id'),
  // Ours says what the broker says.
  { ...cluster('unregister', '--id', '77'), stderr: 'different' },
  misused(cluster('unregister')),
  // Ours says why it cannot be read.
  { ...cluster('cluster-id', '--config', '/no/such/file'), stderr: 'different' },

  { tool: 'kafka-broker-api-versions', args: [], mask: versionsOfBroker },
  // The first line of the help text.
  { tool: 'kafka-broker-api-versions', args: [], offline: true, stderr: 'different' },
  { tool: 'kafka-broker-api-versions', args: ['--no-such'] },

  { ...features('describe'), mask: withoutLevels },
  features('upgrade', '--feature', 'metadata.version=99', '--dry-run'),
  features('upgrade', '--feature', 'no.such=1', '--dry-run'),
  features('upgrade', '--feature', 'metadata.version'),
  features('upgrade', '--feature', 'metadata.version=high'),
  features('upgrade', '--feature', 'metadata.version=9', '--feature', 'metadata.version=8'),
  // Ours knows the versions of 4.x.
  { ...features('upgrade', '--metadata', 'none'), stderr: 'different' },
  features('upgrade', '--dry-run'),
  features('downgrade', '--feature', 'metadata.version=1', '--dry-run'),
  features('disable', '--dry-run'),
  features('disable', '--feature', 'metadata.version', '--dry-run'),
  misused({ tool: 'kafka-features', args: ['describe'], offline: true }),

  { ...quorum('describe', '--status'), mask: withoutFigures },
  { ...quorum('describe', '--replication'), mask: withoutFigures },
  { ...quorum('describe', '--replication', '--human-readable'), mask: withoutFigures },
  quorum('describe'),
  quorum('describe', '--status', '--replication'),
  quorum('describe', '--status', '--human-readable'),
  quorum('remove-controller', '--controller-id', '-1', '--controller-directory-id', 'AAAAAAAAAAAAAAAAAAAAAQ'),
  // Ours says how long an id is, as 4.x does.
  { ...quorum('remove-controller', '--controller-id', '7', '--controller-directory-id', 'short'), stderr: 'different' },
  quorum(
    'remove-controller',
    '--controller-id',
    '7',
    '--controller-directory-id',
    'AAAAAAAAAAAAAAAAAAAAAQ',
    '--dry-run',
  ),
  // Ours says what the broker says behind that it cannot do this.
  {
    ...quorum('remove-controller', '--controller-id', '7', '--controller-directory-id', 'AAAAAAAAAAAAAAAAAAAAAQ'),
    stderr: 'different',
  },
  quorum('add-controller'),
  misused(quorum('no-such')),
]

/** Which version is used, and which calls are known, is up to the client: ours knows those of 4.x. */
function versionsOfBroker(text) {
  return text
    .replace(/ \[(?:un)?usable: .*?\]/g, '')
    .replace(/^\t\w+\((?:6[89]|[7-9]\d|\d{3})\): .*\n/gm, '')
    .replace(/^\t\w+\(\d+\): UNSUPPORTED,?\n/gm, '')
    .replace(/,?$/gm, '')
}

/** The epoch is that of a moment, and which levels have a name depends on the version of the tool. */
function withoutLevels(text) {
  return text.replace(/\d\.\d-IV\d|UNKNOWN \d+/g, 'LEVEL').replace(/Epoch: \d+/g, 'Epoch: N')
}

/** Those of a quorum go on while it is looked at; columns are as wide as they are. */
function withoutFigures(text) {
  return text.replace(/\d+/g, 'N').replace(/ +/g, ' ')
}
