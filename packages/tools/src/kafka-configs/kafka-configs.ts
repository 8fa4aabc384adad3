/** `kafka-configs`: settings of topics, brokers, users, clients and more (`ConfigCommand`). */
import { type ConfigEntry, type KafkaAdminClient, KafkaError } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { excludeOptions, oneAction } from '../command-line/checks.js'
import { reasonOf } from '../command-line/failures.js'
import { json } from '../command-line/output.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { brokersOf } from '../command-line/zookeeper-brokers.js'
import { changesOf } from './config-changes.js'
import { type Entities, type EntityType, entitiesOf } from './entities.js'
import { type ConfigsInvocation, options } from './options.js'
import { alterQuotas, credentialsLine, describeCredentials, describeQuotas, isQuotaType, quotaLine } from './quotas.js'
import { alterSettings, type ResourceEntity, resourceNames, settingsOf } from './resource-configs.js'
import { formerConfigsLine, formerEntityName } from './zookeeper-texts.js'

export const kafkaConfigs = defineTool({
  name: 'kafka-configs',
  summary: 'Shows and changes settings of topics, brokers, users, clients, addresses and groups.',
  options,
  async run(invocation) {
    const entities = checked(invocation)
    await using admin = await connect(invocation)
    try {
      if (invocation.options.alter) await alter(admin, invocation, entities)
      else if (isQuotaType(entities.types[0])) await describeClients(admin, invocation, entities)
      else await describeResources(admin, invocation, entities)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      invocation.complain(`Error while executing config command with args '${invocation.args.join(' ')}'`)
      throw new ToolError(reasonOf(error))
    }
  },
})

async function connect({ options: values, complain }: ConfigsInvocation): Promise<KafkaAdminClient> {
  if (values['bootstrap-controller'] !== undefined) return adminClient({ complain, options: values })
  const servers = values['bootstrap-server'] ?? (await brokersOf(values.zookeeper ?? '', complain))
  return adminClient({ complain, options: { ...values, 'bootstrap-server': servers } })
}

/** Errors: UsageError, ToolError. */
function checked(invocation: ConfigsInvocation): Entities {
  const { given } = invocation
  oneAction(given, ['describe', 'alter'], 'Command must include exactly one action: --describe, --alter')
  excludeOptions(given, 'describe', ['add-config', 'delete-config'])
  const entities = entitiesOf(invocation)
  const ways = (['bootstrap-server', 'bootstrap-controller', 'zookeeper'] as const).filter((name) => given.has(name))
  if (ways.length === 0) {
    throw new ToolError(
      'One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments must be specified',
    )
  }
  if (ways.length > 1) {
    throw new ToolError('Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified')
  }
  if (given.has('all') && given.has('zookeeper')) throw new ToolError('--bootstrap-server must be specified for --all')
  if (given.has('zk-tls-config-file') && !given.has('zookeeper')) {
    throw new ToolError('Only the --zookeeper option can be used with the --zk-tls-config-file option.')
  }
  if (given.has('alter')) checkAlter(given)
  return entities
}

function checkAlter(given: ConfigsInvocation['given']): void {
  if (given.has('add-config') && given.has('add-config-file')) {
    throw new ToolError('Only one of --add-config or --add-config-file must be specified')
  }
  if (!given.has('add-config') && !given.has('add-config-file') && !given.has('delete-config')) {
    throw new ToolError(
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    )
  }
}

async function alter(admin: KafkaAdminClient, invocation: ConfigsInvocation, entities: Entities): Promise<void> {
  const { types, names } = entities
  if (types.length !== names.length) throw new ToolError('An entity name must be specified for every entity type')
  const { print, options: values } = invocation
  const [type, name = ''] = [types[0] ?? 'topics', names[0]]
  const changes = changesOf(invocation)
  if (isQuotaType(type)) await alterQuotas(admin, entities, changes)
  else await alterSettings(admin, type, name, changes)
  if (values.output === 'json')
    print(json({ entities: asJson(entities), added: changes.added, deleted: changes.deleted }))
  else if (values.zookeeper !== undefined) print(`Completed updating config for entity: ${formerEntityName(entities)}.`)
  else if (name === '') print(`Completed updating default config for ${type} in the cluster.`)
  else print(`Completed updating config for ${singular(type)} ${name}.`)
}

/** As Kafka's tool makes it: `client-metric`. */
function singular(type: EntityType): string {
  return type.slice(0, -1)
}

function asJson({ types, names }: Entities) {
  return types.map((type, at) => ({ type, name: names[at] || null }))
}

async function describeResources(admin: KafkaAdminClient, invocation: ConfigsInvocation, { types, names }: Entities) {
  const { print, options: values } = invocation
  const type = types[0] as ResourceEntity
  const described = []
  for (const name of names.length > 0 ? [names[0] ?? ''] : await resourceNames(admin, type)) {
    const entries = () => settingsOf(admin, type, name, { all: values.all, includeSynonyms: true })
    if (values.output === 'json') {
      described.push({ type, name: name || null, configs: await entries() })
    } else if (values.zookeeper !== undefined) {
      print(formerConfigsLine({ types, names: [name] }, await entries()))
    } else {
      print(
        name === ''
          ? `Default configs for ${type} in the cluster are:`
          : `${values.all ? 'All' : 'Dynamic'} configs for ${singular(type)} ${name} are:`,
      )
      for (const entry of await entries()) print(settingLine(entry))
    }
  }
  if (values.output === 'json') print(json(described))
}

function settingLine({ name, value, isSensitive, synonyms }: ConfigEntry): string {
  const list = synonyms.map((one) => `${one.source}:${one.name}=${one.value}`).join(', ')
  return `  ${name}=${value} sensitive=${isSensitive} synonyms={${list}}`
}

async function describeClients(admin: KafkaAdminClient, invocation: ConfigsInvocation, entities: Entities) {
  const { print, options: values } = invocation
  const { types, names } = entities
  const quotas = await describeQuotas(admin, entities)
  if (values.output !== 'json') for (const quota of quotas) print(quotaLine(quota))
  const hasCredentials = types.includes('users') && types.length === 1 && !names.includes('')
  const credentials = hasCredentials ? await describeCredentials(admin, names) : []
  if (values.output === 'json') print(json({ quotas, credentials }))
  else for (const one of credentials) print(credentialsLine(one))
}
