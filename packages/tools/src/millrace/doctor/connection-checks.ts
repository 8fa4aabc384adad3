/** Whether brokers can be reached: by the addresses that the user names, and by those that the brokers name themselves. */
import { lookup } from 'node:dns/promises'
import { type ClusterNode, KafkaAdminClient, type KafkaError } from '@millrace/client'
import type { Patient } from './finding.js'

/** False: none of them answers, and nothing else can be looked at. */
export async function checkAddresses(patient: Patient, bootstrap: string): Promise<boolean> {
  const addresses = bootstrap.split(',').map((address) => address.trim())
  const answers = await Promise.all(addresses.map((address) => ask(patient, address)))
  for (const [at, answer] of answers.entries()) {
    const isUp = typeof answer !== 'string'
    const text = isUp ? `${addresses[at]} answers` : `${addresses[at]} does not answer: ${answer}`
    patient.report({ level: isUp ? 'ok' : 'problem', check: 'connect', text })
  }
  return answers.some((answer) => typeof answer !== 'string')
}

/** The brokers of the cluster. */
export async function checkAdvertised(patient: Patient, bootstrap: string): Promise<readonly ClusterNode[]> {
  const { admin, timeoutMs, report } = patient
  const { nodes, controller, clusterId } = await admin.describeCluster({ timeoutMs })
  report({
    level: 'ok',
    check: 'connect',
    text: `Cluster ${clusterId}: ${nodes.length} broker${nodes.length === 1 ? '' : 's'}`,
  })
  if (controller === undefined) report({ level: 'problem', check: 'listeners', text: 'There is no controller' })
  const isRemote = !bootstrap.split(',').every((address) => isLoopback(hostOf(address)))
  for (const node of nodes) {
    const address = `${node.host}:${node.port}`
    if (isRemote && isLoopback(node.host)) {
      const text = `Broker ${node.id} tells clients to connect to ${address}, which is each client’s own machine: set advertised.listeners to a name that clients can reach`
      report({ level: 'problem', check: 'listeners', text })
      continue
    }
    const failure = (await unresolvable(node.host)) ?? (await ask(patient, address))
    if (typeof failure === 'string') {
      const text = `Broker ${node.id} tells clients to connect to ${address} (advertised.listeners), which does not answer: ${failure}`
      report({ level: 'problem', check: 'listeners', text })
    } else
      report({ level: 'ok', check: 'listeners', text: `Broker ${node.id} is reached at ${address}, as it advertises` })
  }
  return nodes
}

/** The reason if there is no answer. */
async function ask({ settingsFor, timeoutMs }: Patient, address: string): Promise<string | true> {
  try {
    await using admin = new KafkaAdminClient(settingsFor(address))
    await admin.describeCluster({ timeoutMs })
    return true
  } catch (error) {
    const { cause, message } = error as KafkaError
    return cause instanceof Error ? cause.message : message
  }
}

async function unresolvable(host: string): Promise<string | undefined> {
  try {
    await lookup(host)
    return undefined
  } catch {
    return `the name ${host} is not known on this machine`
  }
}

function hostOf(address: string): string {
  return address
    .trim()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
