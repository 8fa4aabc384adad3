/** The cluster itself: brokers, features, and the KRaft quorum. */
import { apis, type ResponseOf, ZERO_UUID } from '@millrace/protocol'
import { endpointTypes } from '../cluster/cluster-questions.js'
import type { Node } from '../cluster/metadata-snapshot.js'
import { errorOf, KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { SOFTWARE } from '../software.js'
import type { AdminResult, Outcome } from './admin-result.js'
import { type AclOperation, authorizedOperations, type UpgradeType, upgradeTypes } from './code-names.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { invalid, isUnsupported, nothing, outcome } from './refusals.js'

export interface DescribeClusterOptions extends CallOptions {
  /** Default false. */
  readonly includeAuthorizedOperations?: boolean
  /** Brokers that are registered and do not serve, too (KIP-1073). Default false. From Kafka 4.0 on. */
  readonly includeFencedBrokers?: boolean
}

export interface ClusterNode extends Node {
  readonly isFenced: boolean
}

export interface ClusterDescription {
  readonly clusterId: string | null
  /** Undefined: there is none at the moment. A KRaft cluster names any broker that passes requests on. */
  readonly controller: ClusterNode | undefined
  readonly nodes: readonly ClusterNode[]
  /** Undefined unless asked for. */
  readonly authorizedOperations: ReadonlySet<AclOperation> | undefined
}

export async function describeCluster(
  driver: AdminDriver,
  options: DescribeClusterOptions,
): Promise<ClusterDescription> {
  return await driver.one('describeCluster', options, 'any', async (call) => {
    try {
      return await describeByDescribeCluster(call, options)
    } catch (error) {
      if (!isUnsupported(error) || options.includeFencedBrokers === true) throw error
      return await describeByMetadata(call, options)
    }
  })
}

async function describeByDescribeCluster(
  call: Call,
  options: DescribeClusterOptions,
): Promise<Outcome<ClusterDescription>> {
  const { includeAuthorizedOperations = false, includeFencedBrokers = false } = options
  const response = await call.ask('any', apis.DescribeCluster, {
    includeClusterAuthorizedOperations: includeAuthorizedOperations,
    includeFencedBrokers,
    endpointType: call.cluster.areControllers ? endpointTypes.controller : endpointTypes.broker,
  })
  return outcome(response, () => {
    const nodes = response.brokers.map(({ brokerId, host, port, rack, isFenced }) => ({
      id: brokerId,
      host,
      port,
      rack,
      isFenced,
    }))
    return description(response.clusterId, response.controllerId, nodes, response.clusterAuthorizedOperations)
  })
}

/** Before Kafka 2.8. */
async function describeByMetadata(call: Call, options: DescribeClusterOptions): Promise<Outcome<ClusterDescription>> {
  const { includeAuthorizedOperations = false } = options
  const body = { topics: [], includeClusterAuthorizedOperations: includeAuthorizedOperations }
  const response = await call.ask('any', apis.Metadata, body, { min: 4, max: 10 })
  const nodes = response.brokers.map(({ nodeId, host, port, rack }) => ({
    id: nodeId,
    host,
    port,
    rack,
    isFenced: false,
  }))
  return {
    value: description(response.clusterId, response.controllerId, nodes, response.clusterAuthorizedOperations),
  }
}

function description(
  clusterId: string | null,
  controllerId: number,
  nodes: readonly ClusterNode[],
  operations: number,
): ClusterDescription {
  return {
    clusterId,
    controller: nodes.find(({ id }) => id === controllerId),
    nodes,
    authorizedOperations: authorizedOperations(operations),
  }
}

/** Levels of a feature. */
export interface FeatureVersions {
  readonly min: number
  readonly max: number
}

export interface FeatureMetadata {
  /** What the cluster has agreed on. */
  readonly finalizedFeatures: ReadonlyMap<string, FeatureVersions>
  /** Undefined: the broker does not tell (before Kafka 2.7, and in ZooKeeper mode). */
  readonly finalizedFeaturesEpoch: number | undefined
  /** What the broker that answered could do. */
  readonly supportedFeatures: ReadonlyMap<string, FeatureVersions>
}

export async function describeFeatures(driver: AdminDriver, options: CallOptions): Promise<FeatureMetadata> {
  return await driver.one('describeFeatures', options, 'any', async (call) => {
    const body = { clientSoftwareName: SOFTWARE.name, clientSoftwareVersion: SOFTWARE.version }
    const response = await call.ask('any', apis.ApiVersions, body)
    return outcome(response, () => ({
      finalizedFeatures: new Map(
        response.finalizedFeatures.map(({ name, minVersionLevel, maxVersionLevel }) => [
          name,
          { min: minVersionLevel, max: maxVersionLevel },
        ]),
      ),
      finalizedFeaturesEpoch: response.finalizedFeaturesEpoch < 0 ? undefined : response.finalizedFeaturesEpoch,
      supportedFeatures: new Map(
        response.supportedFeatures.map(({ name, minVersion, maxVersion }) => [
          name,
          { min: minVersion, max: maxVersion },
        ]),
      ),
    }))
  })
}

export interface FeatureUpdate {
  /** 0: the feature is removed. */
  readonly maxVersionLevel: number
  /** Default UPGRADE. */
  readonly upgradeType?: UpgradeType
}

export interface UpdateFeaturesOptions extends CallOptions {
  /** Only says whether it could be done. Default false. From Kafka 3.3 on; before, UNSUPPORTED_VERSION. */
  readonly validateOnly?: boolean
}

export function updateFeatures(
  driver: AdminDriver,
  updates: Iterable<readonly [string, FeatureUpdate]>,
  options: UpdateFeaturesOptions,
): AdminResult<string, void> {
  const { validateOnly = false } = options
  return driver.each('updateFeatures', options, () => {
    const byName = new Map(updates)
    return {
      keys: byName.keys(),
      locator: fixed('controller'),
      passes: ({ code }: KafkaError) => code === 'NOT_CONTROLLER',
      ask: async (call: Call, target: Answerer, features: readonly string[]) => {
        const response = await call.ask(target, apis.UpdateFeatures, (version) => ({
          timeoutMs: call.timeoutMs,
          featureUpdates: features.map((feature) => {
            const { maxVersionLevel = 0, upgradeType = 'UPGRADE' } = byName.get(feature) ?? {}
            const how =
              version === 0
                ? { allowDowngrade: upgradeType !== 'UPGRADE' }
                : { upgradeType: upgradeTypes.code(upgradeType) }
            return { feature, maxVersionLevel, ...how }
          }),
          validateOnly,
        }))
        const results = new Map(response.results.map((result) => [result.feature, result]))
        // From version 2 on all succeed or none does.
        return features.map((feature) => {
          const error = errorOf(response.errorCode, response.errorMessage)
          return [
            feature,
            error === undefined ? outcome(results.get(feature) ?? response, nothing) : { error },
          ] as const
        })
      },
    }
  })
}

export interface ReplicaState {
  readonly replicaId: number
  /** Undefined before Kafka 3.9. */
  readonly replicaDirectoryId: string | undefined
  readonly logEndOffset: number
  /** Milliseconds since 1970; undefined: not known. */
  readonly lastFetchTimestamp: number | undefined
  readonly lastCaughtUpTimestamp: number | undefined
}

export interface QuorumInfo {
  /** Undefined: not known. */
  readonly leaderId: number | undefined
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly ReplicaState[]
  readonly observers: readonly ReplicaState[]
  /** The listeners of each voter, by its id; empty before Kafka 3.9. */
  readonly nodes: ReadonlyMap<number, readonly RaftVoterEndpoint[]>
}

const METADATA_TOPIC = '__cluster_metadata'

export async function describeMetadataQuorum(driver: AdminDriver, options: CallOptions): Promise<QuorumInfo> {
  return await driver.one('describeMetadataQuorum', options, 'any', async (call) => {
    const response = await call.ask('any', apis.DescribeQuorum, {
      topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
    })
    const partition = response.topics[0]?.partitions[0]
    const error = errorOf(response.errorCode, response.errorMessage)
    if (error !== undefined) return { error }
    if (partition === undefined) return { error: new KafkaError('UNKNOWN_SERVER_ERROR', 'the answer has no partition') }
    return outcome(partition, () => ({
      leaderId: partition.leaderId < 0 ? undefined : partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      highWatermark: partition.highWatermark,
      voters: partition.currentVoters.map(replicaState),
      observers: partition.observers.map(replicaState),
      nodes: new Map(response.nodes.map(({ nodeId, listeners }) => [nodeId, listeners.map(endpoint)])),
    }))
  })
}

type AnsweredReplica = ResponseOf<
  typeof apis.DescribeQuorum
>['topics'][number]['partitions'][number]['observers'][number]

function replicaState(replica: AnsweredReplica): ReplicaState {
  const { replicaId, replicaDirectoryId, logEndOffset, lastFetchTimestamp, lastCaughtUpTimestamp } = replica
  return {
    replicaId,
    replicaDirectoryId: replicaDirectoryId === ZERO_UUID ? undefined : replicaDirectoryId,
    logEndOffset,
    lastFetchTimestamp: lastFetchTimestamp < 0 ? undefined : lastFetchTimestamp,
    lastCaughtUpTimestamp: lastCaughtUpTimestamp < 0 ? undefined : lastCaughtUpTimestamp,
  }
}

const endpoint = ({ name, host, port }: RaftVoterEndpoint): RaftVoterEndpoint => ({ name, host, port })

export async function unregisterBroker(driver: AdminDriver, brokerId: number, options: CallOptions): Promise<void> {
  await driver.one('unregisterBroker', options, 'any', async (call) =>
    outcome(await call.ask('any', apis.UnregisterBroker, { brokerId }), nothing),
  )
}

/** A listener of a KRaft controller. */
export interface RaftVoterEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** A KRaft controller: its node id, and the id of its directory as in its `meta.properties`. */
export interface RaftVoter {
  readonly voterId: number
  readonly voterDirectoryId: string
}

export interface NewRaftVoter extends RaftVoter {
  /** At least one. */
  readonly endpoints: readonly RaftVoterEndpoint[]
}

export interface RaftVoterOptions extends CallOptions {
  /** Refuse with INCONSISTENT_CLUSTER_ID if the cluster has another one. Default: whichever it is. */
  readonly clusterId?: string
}

export async function addRaftVoter(driver: AdminDriver, voter: NewRaftVoter, options: RaftVoterOptions): Promise<void> {
  const { voterId, voterDirectoryId, endpoints } = voter
  const { clusterId = null } = options
  if (endpoints.length === 0) throw invalid('addRaftVoter: a voter has at least one endpoint')
  await driver.one('addRaftVoter', options, 'any', async (call) => {
    const listeners = endpoints.map(endpoint)
    const { timeoutMs } = call
    const body = { clusterId, timeoutMs, voterId, voterDirectoryId, listeners }
    return outcome(await call.ask('any', apis.AddRaftVoter, body), nothing)
  })
}

export async function removeRaftVoter(driver: AdminDriver, voter: RaftVoter, options: RaftVoterOptions): Promise<void> {
  const { voterId, voterDirectoryId } = voter
  const { clusterId = null } = options
  await driver.one('removeRaftVoter', options, 'any', async (call) =>
    outcome(await call.ask('any', apis.RemoveRaftVoter, { clusterId, voterId, voterDirectoryId }), nothing),
  )
}
