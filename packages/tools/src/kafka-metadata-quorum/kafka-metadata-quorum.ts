/** `kafka-metadata-quorum`: the controllers of a KRaft cluster (`MetadataQuorumCommand`). */
import type { KafkaAdminClient, QuorumInfo, RaftVoterEndpoint, ReplicaState } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { clusterOptions, controllerOption, requireOneBootstrap } from '../command-line/client-settings.js'
import { flag, integer, text } from '../command-line/option-table.js'
import { json, outputOption, tabbedTable } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { newController } from './new-controller.js'

const cluster = {
  ...clusterOptions,
  ...outputOption,
  ...controllerOption,
} as const

type ClusterInvocation = Pick<Invocation<typeof cluster>, 'options' | 'print' | 'complain'>

const dryRun = { 'dry-run': flag('Only say what would be done.') } as const
const controllerId = integer('id', 'The controller.')
const directoryId = text('id', 'The id of its directory, as in its meta.properties.')

export const kafkaMetadataQuorum = defineTool({
  name: 'kafka-metadata-quorum',
  summary: 'Shows and changes the controllers of a KRaft cluster.',
  options: cluster,
  commands: {
    describe: defineTool({
      name: 'describe',
      summary: 'Shows the controllers.',
      options: {
        ...cluster,
        status: flag('In short.'),
        replication: flag('How far each of them is.'),
        'human-readable': flag('With --replication: times as how long ago they are.'),
      },
      async run(invocation) {
        const { options } = invocation
        if (options.status && options.replication) {
          throw new ToolError('Only one of --status or --replication should be specified with describe sub-command')
        }
        if (!options.status && !options.replication) {
          throw new ToolError('One of --status or --replication must be specified with describe sub-command')
        }
        if (options.status && options['human-readable']) {
          throw new ToolError('The option --human-readable is only supported along with --replication')
        }
        await using admin = connect(invocation)
        if (options.status) await describeStatus(admin, invocation)
        else await describeReplication(admin, invocation, options['human-readable'])
      },
    }),
    'add-controller': defineTool({
      name: 'add-controller',
      summary: 'Makes a controller a voter; --command-config is its own properties file.',
      options: { ...cluster, ...dryRun },
      async run(invocation) {
        const { options, print } = invocation
        const file = options['command-config']
        if (file === undefined) {
          throw new ToolError(
            'You must supply the configuration file of the controller you are adding when using add-controller.',
          )
        }
        const voter = newController(file)
        if (!options['dry-run']) {
          await using admin = connect(invocation)
          await admin.addRaftVoter(voter)
        }
        if (options.output === 'json') print(json({ dryRun: options['dry-run'], ...voter }))
        else {
          const done = options['dry-run'] ? 'DRY RUN of adding' : 'Added'
          const endpoints = voter.endpoints.map(endpointText).join(', ')
          print(
            `${done} controller ${voter.voterId} with directory id ${voter.voterDirectoryId} and endpoints: ${endpoints}`,
          )
        }
      },
    }),
    'remove-controller': defineTool({
      name: 'remove-controller',
      summary: 'Takes the vote from a controller.',
      options: {
        ...cluster,
        ...dryRun,
        'controller-id': controllerId,
        i: controllerId,
        'controller-directory-id': directoryId,
        d: directoryId,
      },
      async run(invocation) {
        const { options, print } = invocation
        const voterId = required(options['controller-id'] ?? options.i, '--controller-id/-i')
        const id = required(options['controller-directory-id'] ?? options.d, '--controller-directory-id/-d')
        if (voterId < 0) throw new ToolError(`Invalid negative --controller-id: ${voterId}`)
        checkUuid(id)
        if (!options['dry-run']) {
          await using admin = connect(invocation)
          await admin.removeRaftVoter({ voterId, voterDirectoryId: id })
        }
        if (options.output === 'json') print(json({ dryRun: options['dry-run'], voterId, voterDirectoryId: id }))
        else {
          const done = options['dry-run'] ? 'DRY RUN of removing ' : 'Removed '
          print(`${done} KRaft controller ${voterId} with directory id ${id}`)
        }
      },
    }),
  },
  async run() {},
})

/** As argparse4j says it. Errors: ToolError. */
function required<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value
  throw new ToolError(`kafka-metadata-quorum: error: argument ${option} is required`)
}

const UUID_BYTES = 16

function checkUuid(id: string): void {
  const { length } = Buffer.from(id, 'base64url')
  if (length === UUID_BYTES) return
  throw new ToolError(
    `Failed to parse --controller-directory-id: Input string \`${id}\` decoded as ${length} bytes, which is not equal to the expected ${UUID_BYTES} bytes of a base64-encoded UUID`,
  )
}

function connect(invocation: ClusterInvocation): KafkaAdminClient {
  const { 'bootstrap-server': servers, 'bootstrap-controller': controllers } = invocation.options
  requireOneBootstrap('kafka-metadata-quorum', servers, controllers)
  return adminClient(invocation)
}

function leaderOf({ leaderId, voters }: QuorumInfo): ReplicaState {
  const leader = voters.find(({ replicaId }) => replicaId === leaderId)
  if (leader === undefined) throw new ToolError('The quorum has no leader at the moment: try again.')
  return leader
}

async function describeStatus(admin: KafkaAdminClient, { options, print }: ClusterInvocation): Promise<void> {
  const { clusterId } = await admin.describeCluster()
  const quorum = await admin.describeMetadataQuorum()
  const leader = leaderOf(quorum)
  const slowest = quorum.voters.reduce((a, b) => (b.logEndOffset < a.logEndOffset ? b : a))
  const status = {
    clusterId,
    leaderId: leader.replicaId,
    leaderEpoch: quorum.leaderEpoch,
    highWatermark: quorum.highWatermark,
    maxFollowerLag: leader.logEndOffset - slowest.logEndOffset,
    maxFollowerLagTimeMs: lagMs(leader, slowest),
  }
  if (options.output === 'json') {
    print(json({ ...status, currentVoters: quorum.voters, currentObservers: quorum.observers }))
    return
  }
  const line = (title: string, value: unknown) => print(`${`${title}:`.padEnd(24)}${value}`)
  line('ClusterId', status.clusterId)
  line('LeaderId', status.leaderId)
  line('LeaderEpoch', status.leaderEpoch)
  line('HighWatermark', status.highWatermark)
  line('MaxFollowerLag', status.maxFollowerLag)
  line('MaxFollowerLagTimeMs', status.maxFollowerLagTimeMs)
  line('CurrentVoters', replicaList(quorum, quorum.voters))
  line('CurrentObservers', replicaList(quorum, quorum.observers))
}

function lagMs(leader: ReplicaState, slowest: ReplicaState): number {
  if (leader === slowest) return 0
  if (leader.lastCaughtUpTimestamp === undefined || slowest.lastCaughtUpTimestamp === undefined) return -1
  return leader.lastCaughtUpTimestamp - slowest.lastCaughtUpTimestamp
}

const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** `[{"id": 1, "directoryId": null, "endpoints": ["CONTROLLER://c1:9093"]}]` */
function replicaList({ nodes }: QuorumInfo, replicas: readonly ReplicaState[]): string {
  const texts = replicas.map(({ replicaId, replicaDirectoryId = ZERO_ID }) => {
    const directory = replicaDirectoryId === ZERO_ID ? 'null' : `"${replicaDirectoryId}"`
    const endpoints = (nodes.get(replicaId) ?? []).map((endpoint) => `"${endpointText(endpoint)}"`)
    const list = endpoints.length === 0 ? '' : `, "endpoints": [${endpoints.join(', ')}]`
    return `{"id": ${replicaId}, "directoryId": ${directory}${list}}`
  })
  return `[${texts.join(', ')}]`
}

function endpointText({ name, host, port }: RaftVoterEndpoint): string {
  return `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function describeReplication(
  admin: KafkaAdminClient,
  { options, print }: ClusterInvocation,
  isHumanReadable: boolean,
): Promise<void> {
  const quorum = await admin.describeMetadataQuorum()
  const leader = leaderOf(quorum)
  const replicas = [
    { ...leader, status: 'Leader' },
    ...quorum.voters.filter((voter) => voter !== leader).map((voter) => ({ ...voter, status: 'Follower' })),
    ...quorum.observers.map((observer) => ({ ...observer, status: 'Observer' })),
  ].map((replica) => ({ ...replica, lag: leader.logEndOffset - replica.logEndOffset }))
  if (options.output === 'json') {
    print(json(replicas))
    return
  }
  const nowMs = Date.now()
  const time = (ms: number | undefined) => {
    if (ms === undefined) return '-1'
    return isHumanReadable ? `${nowMs - ms} ms ago` : String(ms)
  }
  const lines = tabbedTable(
    ['NodeId', 'DirectoryId', 'LogEndOffset', 'Lag', 'LastFetchTimestamp', 'LastCaughtUpTimestamp', 'Status'],
    replicas.map((replica) => [
      ...[replica.replicaId, replica.replicaDirectoryId ?? ZERO_ID, replica.logEndOffset, replica.lag],
      ...[time(replica.lastFetchTimestamp), time(replica.lastCaughtUpTimestamp), replica.status],
    ]),
  )
  for (const line of lines) print(line)
}
