import { incrementalAlterConfigs } from '@millrace/protocol'
import { done } from '../metadata/admin-outcome.js'
import { alterOperations, type ConfigChange, changeConfigs } from '../metadata/core/alter-configs.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { alterResources } from './alter-config-resources.js'
import { alterLoggers, brokerIdMistake } from './broker-logger-configs.js'
import type { BrokerServices } from './services.js'

/** IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single configs (KIP-339). */
export function incrementalAlterConfigsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(incrementalAlterConfigs, async ({ resources, validateOnly }) => ({
    responses: await alterResources(
      services,
      resources,
      validateOnly,
      ({ configs }) =>
        (entity, present) => {
          const changes: ConfigChange[] = []
          for (const { name, configOperation, value } of configs) {
            const operation = alterOperations[configOperation]
            if (operation === undefined) {
              return {
                error: 'INVALID_REQUEST',
                message: `Unknown operation ${configOperation} for config key: ${name}`,
              }
            }
            changes.push({ name, operation, value })
          }
          return changeConfigs(entity, present, changes)
        },
      ({ resourceName, configs }) =>
        brokerIdMistake(resourceName, services.brokerId) ??
        alterLoggers(services.loggers, configs, validateOnly) ??
        done,
    ),
  }))
}
