import { alterConfigs } from '@millrace/protocol'
import { replaceConfigs } from '../metadata/core/alter-configs.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { alterResource } from './alter-config-resources.js'
import type { BrokerServices } from './services.js'

/** AlterConfigs: replaces all configs of a resource. Deprecated in Kafka, and still what older clients send. */
export function alterConfigsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(alterConfigs, async ({ resources, validateOnly }) => {
    const answers = resources.map((resource) =>
      alterResource(services, resource, validateOnly, (entity) => replaceConfigs(entity, resource.configs)),
    )
    return { responses: await Promise.all(answers) }
  })
}
