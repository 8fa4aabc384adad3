import { alterConfigs } from '@millrace/protocol'
import { replaceConfigs } from '../metadata/core/alter-configs.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { alterResources } from './alter-config-resources.js'
import type { BrokerServices } from './services.js'

/** AlterConfigs: replaces all configs of a resource. Deprecated in Kafka, and still what older clients send. */
export function alterConfigsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(alterConfigs, async ({ resources, validateOnly }) => ({
    responses: await alterResources(
      services,
      resources,
      validateOnly,
      ({ configs }) =>
        (entity) =>
          replaceConfigs(entity, configs),
    ),
  }))
}
