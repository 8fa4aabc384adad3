/** DescribeConfigs: the configs of topics and brokers, with where each value comes from. */
import { describeConfigs, ErrorCode, type ErrorName, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { LoopShare } from '../loop-share.js'
import { topicNameMistake } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { brokerIdMistake, describeLoggers } from './broker-logger-configs.js'
import { brokerLoggerResource, brokerResource, topicResource } from './config-resources.js'
import {
  type DescribedConfig,
  describeBrokerConfigs,
  describeDefaultBrokerConfigs,
  topicConfigDescriber,
} from './described-config.js'
import type { BrokerServices } from './services.js'

/** More resources than can be told at once. */
const MANY_RESOURCES = 100

type Request = RequestOf<typeof describeConfigs>
type Resource = Request['resources'][number]
type Result = ResponseInputOf<typeof describeConfigs>['results'][number]
type Found = { readonly configs: readonly DescribedConfig[] } | { readonly error: ErrorName; readonly message: string }

export function describeConfigsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(
    describeConfigs,
    async (request) => {
      const describeTopic = topicConfigDescriber(services.config)
      const shown: Shown = new Map()
      const share = new LoopShare()
      const results: Result[] = []
      for (const resource of request.resources) {
        results.push(describeResource(request, resource, find(services, describeTopic, resource), shown))
        if (share.isUsedUp) await share.next()
      }
      return { results }
    },
    { isLarge: ({ results }) => results.length > MANY_RESOURCES },
  )
}

/** What a list of configs looks like in this answer, where all of it is asked for. */
type Shown = Map<readonly DescribedConfig[], Result['configs']>

function describeResource(request: Request, resource: Resource, found: Found, shown: Shown): Result {
  const { resourceType, resourceName, configurationKeys: keys } = resource
  if ('error' in found) {
    return { errorCode: ErrorCode[found.error], errorMessage: found.message, resourceType, resourceName, configs: [] }
  }
  const isAll = keys === null || keys.length === 0
  const asked = isAll ? found.configs : found.configs.filter(({ name }) => keys.includes(name))
  const configs = shown.get(asked) ?? show(request, asked)
  if (isAll) shown.set(asked, configs)
  return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs }
}

function show(request: Request, asked: readonly DescribedConfig[]): Result['configs'] {
  return asked.map((config) => ({
    ...config,
    synonyms: request.includeSynonyms ? config.synonyms : [],
    documentation: request.includeDocumentation ? config.documentation : null,
  }))
}

function find(
  { config, configs, loggers, metadata, brokerId }: BrokerServices,
  describeTopic: ReturnType<typeof topicConfigDescriber>,
  { resourceType: type, resourceName: name }: Resource,
): Found {
  if (type === topicResource) {
    const mistake = topicNameMistake(name)
    if (mistake !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: mistake }
    if (!metadata.image.topics.has(name)) {
      return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `The topic ${name} does not exist.` }
    }
    return { configs: describeTopic(configs.topicOverrides(name)) }
  }
  if (type === brokerResource && name === '') {
    return { configs: describeDefaultBrokerConfigs(configs.brokerDefaults()) }
  }
  if (type === brokerResource) {
    if (name === String(brokerId)) return { configs: describeBrokerConfigs(config) }
    return { error: 'INVALID_REQUEST', message: `Unexpected broker id, expected ${brokerId}, but received ${name}` }
  }
  if (type === brokerLoggerResource) return brokerIdMistake(name, brokerId) ?? { configs: describeLoggers(loggers) }
  return { error: 'INVALID_REQUEST', message: `Configs of resource type ${type} are not supported.` }
}
