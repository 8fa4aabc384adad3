/** Configurations: describe, change, list what has one. */
import { apis, type ResponseOf } from '@millrace/protocol'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import {
  type AlterConfigOpType,
  alterConfigOps,
  type ConfigResourceType,
  type ConfigSource,
  type ConfigType,
  configResourceTypes,
  configSources,
  configTypes,
} from './code-names.js'
import type { AdminDriver, Answerer, Call, Locator } from './driver.js'
import { named } from './locators.js'
import { isUnsupported, nothing, outcome, unsupported, withoutRepeats } from './refusals.js'

/** What has a configuration. A BROKER of the name '' stands for the defaults of all brokers. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** Null if it is sensitive, or not set. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isDefault: boolean
  readonly isSensitive: boolean
  readonly isReadOnly: boolean
  /** Where the value comes from and what would take its place, in this order; empty unless asked for. */
  readonly synonyms: readonly ConfigSynonym[]
  /** UNKNOWN before Kafka 2.6. */
  readonly type: ConfigType
  /** Undefined unless asked for. */
  readonly documentation: string | undefined
}

/** By the name of the setting. */
export type Config = ReadonlyMap<string, ConfigEntry>

export interface DescribeConfigsOptions extends CallOptions {
  /** Default false. */
  readonly includeSynonyms?: boolean
  /** Default false. From Kafka 2.6 on; before, UNSUPPORTED_VERSION. */
  readonly includeDocumentation?: boolean
}

/** One change of a setting. */
export interface AlterConfigOp {
  readonly name: string
  /** APPEND and SUBTRACT are for lists. */
  readonly op: AlterConfigOpType
  /** Not for DELETE. */
  readonly value?: string
}

export interface ResourceAlteration {
  readonly resource: ConfigResource
  readonly ops: readonly AlterConfigOp[]
}

export interface AlterConfigsOptions extends CallOptions {
  /** Only says whether it could be done. Default false. */
  readonly validateOnly?: boolean
}

/** Brokers know their own configuration only; any of them knows the rest. */
function resourceHolder(resources: ReadonlyMap<string, ConfigResource>): Locator<string> {
  return named((name): Answerer => {
    const resource = resources.get(name)
    const isBrokers = resource?.type === 'BROKER' || resource?.type === 'BROKER_LOGGER'
    return isBrokers && /^\d+$/.test(name) ? Number(name) : 'any'
  })
}

function byName(what: string, resources: readonly ConfigResource[]): ReadonlyMap<string, ConfigResource> {
  withoutRepeats(
    what,
    resources.map(({ name }) => name),
  )
  return new Map(resources.map((resource) => [resource.name, resource]))
}

const namesOf = ({ resourceName }: { readonly resourceName: string }) => resourceName

export function describeConfigs(
  driver: AdminDriver,
  resources: readonly ConfigResource[],
  options: DescribeConfigsOptions,
): AdminResult<string, Config> {
  const { includeSynonyms = false, includeDocumentation = false } = options
  return driver.each('describeConfigs', options, () => {
    const wanted = byName('describeConfigs', resources)
    return {
      keys: wanted.keys(),
      locator: resourceHolder(wanted),
      ask: async (call: Call, target: Answerer, names: readonly string[]) => {
        const { results } = await call.ask(target, apis.DescribeConfigs, {
          resources: names.map((name) => ({ ...resourceOf(wanted, name), configurationKeys: null })),
          includeSynonyms,
          includeDocumentation,
        })
        return results.map((result) => [namesOf(result), outcome(result, () => configOf(result.configs))] as const)
      },
    }
  })
}

function resourceOf(resources: ReadonlyMap<string, ConfigResource>, name: string) {
  return { resourceType: configResourceTypes.code(resources.get(name)?.type ?? 'TOPIC'), resourceName: name }
}

type AnsweredConfigs = ResponseOf<typeof apis.DescribeConfigs>['results'][number]['configs']

function configOf(configs: AnsweredConfigs): Config {
  return new Map(
    configs.map(({ name, value, configSource, configType, synonyms, documentation, readOnly, isSensitive }) => {
      const source = configSources.name(configSource)
      const entry: ConfigEntry = {
        name,
        value,
        source,
        isDefault: source === 'DEFAULT_CONFIG',
        isSensitive,
        isReadOnly: readOnly,
        synonyms: synonyms.map((synonym) => ({ ...synonym, source: configSources.name(synonym.source) })),
        type: configTypes.name(configType),
        documentation: documentation || undefined,
      }
      return [name, entry]
    }),
  )
}

const passes = ({ code }: KafkaError) => code === 'NOT_CONTROLLER'

export function incrementalAlterConfigs(
  driver: AdminDriver,
  alterations: readonly ResourceAlteration[],
  options: AlterConfigsOptions,
): AdminResult<string, void> {
  const { validateOnly = false } = options
  return driver.each('incrementalAlterConfigs', options, () => {
    const wanted = byName(
      'incrementalAlterConfigs',
      alterations.map(({ resource }) => resource),
    )
    const opsByName = new Map(alterations.map(({ resource, ops }) => [resource.name, ops]))
    return {
      keys: wanted.keys(),
      locator: resourceHolder(wanted),
      passes,
      ask: async (call: Call, target: Answerer, names: readonly string[]) => {
        const body = {
          resources: names.map((name) => ({
            ...resourceOf(wanted, name),
            configs: (opsByName.get(name) ?? []).map(({ name: config, op, value = null }) => ({
              name: config,
              configOperation: alterConfigOps.code(op),
              value,
            })),
          })),
          validateOnly,
        }
        const { responses } = await call.ask(target, apis.IncrementalAlterConfigs, body).catch((error: unknown) => {
          if (!isUnsupported(error)) throw error
          throw unsupported('this broker, older than Kafka 2.3, changes no single settings: see alterConfigs')
        })
        return responses.map((one) => [namesOf(one), outcome(one, nothing)] as const)
      },
    }
  })
}

/** What a resource shall have, all of it. */
export interface ResourceConfig {
  readonly resource: ConfigResource
  readonly configs: Readonly<Record<string, string>>
}

export function alterConfigs(
  driver: AdminDriver,
  configs: readonly ResourceConfig[],
  options: AlterConfigsOptions,
): AdminResult<string, void> {
  const { validateOnly = false } = options
  return driver.each('alterConfigs', options, () => {
    const wanted = byName(
      'alterConfigs',
      configs.map(({ resource }) => resource),
    )
    const configsByName = new Map(configs.map((one) => [one.resource.name, Object.entries(one.configs)]))
    return {
      keys: wanted.keys(),
      locator: resourceHolder(wanted),
      passes,
      ask: async (call: Call, target: Answerer, names: readonly string[]) => {
        const { responses } = await call.ask(target, apis.AlterConfigs, {
          resources: names.map((name) => ({
            ...resourceOf(wanted, name),
            configs: (configsByName.get(name) ?? []).map(([config, value]) => ({ name: config, value })),
          })),
          validateOnly,
        })
        return responses.map((one) => [namesOf(one), outcome(one, nothing)] as const)
      },
    }
  })
}

export interface ListConfigResourcesOptions extends CallOptions {
  /** Default: all. Before Kafka 4.1 only CLIENT_METRICS; others are UNSUPPORTED_VERSION. */
  readonly types?: readonly ConfigResourceType[]
}

export async function listConfigResources(
  driver: AdminDriver,
  what: string,
  options: ListConfigResourcesOptions,
): Promise<readonly ConfigResource[]> {
  const { types = [] } = options
  const isMetricsOnly = types.length === 1 && types[0] === 'CLIENT_METRICS'
  return await driver.one(what, options, 'any', async (call) => {
    const response = await call.ask('any', apis.ListConfigResources, (version) => {
      if (version > 0) return { resourceTypes: types.map((type) => configResourceTypes.code(type)) }
      if (!isMetricsOnly) throw unsupported('this broker lists resources of the type CLIENT_METRICS only')
      return {}
    })
    return outcome(response, () =>
      response.configResources.flatMap(({ resourceName, resourceType }): ConfigResource[] => {
        const type = configResourceTypes.name(resourceType)
        return type === 'UNKNOWN' ? [] : [{ type, name: resourceName }]
      }),
    )
  })
}
