/** The common part of AlterConfigs and IncrementalAlterConfigs. */
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import { type AdminOutcome, askStore, done } from '../metadata/admin-outcome.js'
import {
  type AlterOutcome,
  brokerEntity,
  type ConfigEntity,
  type ConfigMap,
  topicEntity,
} from '../metadata/core/alter-configs.js'
import { brokerLoggerResource, brokerResource, topicResource } from './config-resources.js'
import { repeatedNames } from './repeated-names.js'
import type { BrokerServices } from './services.js'

export interface AlterResource {
  readonly resourceType: number
  readonly resourceName: string
}

interface Target {
  readonly entity: ConfigEntity
  readonly present: ConfigMap
  readonly store: (configs: ConfigMap) => Promise<void>
}

type Refusal = { readonly error: ErrorName; readonly message: string }

type Change = (entity: ConfigEntity, present: ConfigMap) => AlterOutcome

/** Changes the levels of loggers, which are kept in no store. */
type AlterLoggers<R> = (resource: R) => AdminOutcome

/**
 * Changes resources, or only checks the changes, and answers as both APIs do. Loggers are a resource only of the API that
 * knows how to change them.
 */
export async function alterResources<R extends AlterResource>(
  services: BrokerServices,
  resources: readonly R[],
  validateOnly: boolean,
  changeOf: (resource: R) => Change,
  alterLoggers?: AlterLoggers<R>,
) {
  const repeated = repeatedNames(resources.map(keyOf))
  return await Promise.all(
    resources.map(async (resource) => {
      const { resourceType, resourceName } = resource
      const { error, message } = repeated.has(keyOf(resource))
        ? { error: 'INVALID_REQUEST' as const, message: 'Each resource must appear at most once.' }
        : resourceType === brokerLoggerResource && alterLoggers !== undefined
          ? alterLoggers(resource)
          : await alter(services, resource, validateOnly, changeOf(resource))
      return { errorCode: ErrorCode[error], errorMessage: message, resourceType, resourceName }
    }),
  )
}

function keyOf({ resourceType, resourceName }: AlterResource): string {
  return `${resourceType} ${resourceName}`
}

async function alter(
  services: BrokerServices,
  resource: AlterResource,
  validateOnly: boolean,
  change: Change,
): Promise<AdminOutcome> {
  return await askStore(services, 0, () =>
    services.configs.inTurn(keyOf(resource), async () => {
      const target = targetOf(services, resource)
      if ('error' in target) return target
      const outcome = change(target.entity, target.present)
      if ('error' in outcome) return outcome
      if (!validateOnly) await target.store(outcome.configs)
      return done
    }),
  )
}

function targetOf(services: BrokerServices, { resourceType, resourceName }: AlterResource): Target | Refusal {
  const { config, configs, metadata, brokerId } = services
  if (resourceType === topicResource) {
    if (!metadata.image.topics.has(resourceName)) {
      return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `The topic '${resourceName}' does not exist.` }
    }
    return {
      entity: topicEntity(config),
      present: configs.topicOverrides(resourceName),
      store: (altered) => configs.setTopic(resourceName, altered),
    }
  }
  if (resourceType === brokerResource) {
    const isDefault = resourceName === ''
    if (!isDefault && resourceName !== String(brokerId)) {
      return {
        error: 'INVALID_REQUEST',
        message: `Unexpected broker id, expected ${brokerId}, but received ${resourceName}`,
      }
    }
    return {
      entity: brokerEntity(config, isDefault),
      present: isDefault ? configs.brokerDefaults() : configs.brokerOverrides(),
      store: (altered) => configs.setBroker(isDefault ? 'default' : 'own', altered),
    }
  }
  return { error: 'INVALID_REQUEST', message: `Configs of resource type ${resourceType} are not supported.` }
}
