/** `kafka-broker-api-versions`: the calls that brokers know (`BrokerApiVersionsCommand`, `NodeApiVersions`). */
import type { ApiVersions, ClusterNode } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { requireOptions } from '../command-line/checks.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { reasonOf } from '../command-line/failures.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool } from '../command-line/tool.js'

const options = { ...clusterOptions, ...outputOption } as const

export const kafkaBrokerApiVersions = defineTool({
  name: 'kafka-broker-api-versions',
  summary: 'Shows which versions of which calls each broker knows, and which of them is used.',
  options,
  async run(invocation) {
    const { options: values, given, print } = invocation
    requireOptions(given, 'bootstrap-server')
    await using admin = adminClient(invocation)
    const { nodes } = await admin.describeCluster()
    const outcomes = await admin.describeApiVersions(nodes.map(({ id }) => id)).settled()
    const brokers = []
    for (const node of nodes) {
      const outcome = outcomes.get(node.id)
      if (outcome === undefined) continue
      const { id, host, port, rack } = node
      if (values.output === 'json') {
        const result = 'value' in outcome ? { apis: outcome.value.map(asJson) } : { error: reasonOf(outcome.error) }
        brokers.push({ id, host, port, rack: rack ?? null, ...result })
      } else if ('error' in outcome) print(`${nodeText(node)} -> ERROR: ${reasonOf(outcome.error)}`)
      else print(`${nodeText(node)} -> (\n\t${outcome.value.map(apiText).join(',\n\t')}\n)`)
    }
    if (values.output === 'json') print(json(brokers))
  },
})

function nodeText({ host, port, id, rack, isFenced }: ClusterNode): string {
  return `${host}:${port} (id: ${id} rack: ${rack ?? null}${isFenced ? ' isFenced: true' : ''})`
}

/** Calls among brokers and controllers, which no client makes. */
const betweenBrokers: Readonly<Record<number, string>> = {
  4: 'LeaderAndIsr',
  5: 'StopReplica',
  6: 'UpdateMetadata',
  7: 'ControlledShutdown',
  52: 'Vote',
  53: 'BeginQuorumEpoch',
  54: 'EndQuorumEpoch',
  56: 'AlterPartition',
  58: 'Envelope',
  59: 'FetchSnapshot',
  62: 'BrokerRegistration',
  63: 'BrokerHeartbeat',
  67: 'AllocateProducerIds',
  70: 'ControllerRegistration',
  73: 'AssignReplicasToDirs',
  83: 'InitializeShareGroupState',
  84: 'ReadShareGroupState',
  85: 'WriteShareGroupState',
  86: 'DeleteShareGroupState',
  87: 'ReadShareGroupStateSummary',
}

export function apiText(api: ApiVersions): string {
  const { key, name, broker } = api
  const title = `${name ?? betweenBrokers[key] ?? 'UNKNOWN'}(${key})`
  if (broker === undefined) return `${title}: UNSUPPORTED`
  const range = broker.min === broker.max ? broker.min : `${broker.min} to ${broker.max}`
  return `${title}: ${range}${usability(api)}`
}

function usability({ broker, client }: ApiVersions): string {
  if (client === undefined || broker === undefined) return ''
  if (client.max < broker.min) return ' [unusable: node too new]'
  if (broker.max < client.min) return ' [unusable: node too old]'
  return ` [usable: ${Math.min(client.max, broker.max)}]`
}

function asJson({ key, name, broker, client }: ApiVersions) {
  const isUsable = client !== undefined && broker !== undefined && client.max >= broker.min && broker.max >= client.min
  return { key, name, versions: broker ?? null, usable: isUsable ? Math.min(client.max, broker.max) : null }
}
