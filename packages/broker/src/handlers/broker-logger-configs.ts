/** The levels of loggers as configs of the resource BROKER_LOGGER (KIP-412; Kafka: RuntimeLoggerManager). */
import type { ErrorName } from '@millrace/protocol'
import { isLogLevel, logLevels } from '../logging/log-level.js'
import { type Loggers, rootLogger } from '../logging/loggers.js'
import { alterOperations } from '../metadata/core/alter-configs.js'
import { sourceCodes } from './config-resources.js'
import type { DescribedConfig } from './described-config.js'

type Refusal = { readonly error: ErrorName; readonly message: string }

interface LevelChange {
  readonly name: string
  /** As on the wire. */
  readonly configOperation: number
  readonly value: string | null
}

/** Every logger is named, with the level in force. */
export function describeLoggers(loggers: Loggers): DescribedConfig[] {
  return Array.from(loggers.levels(), ([name, value]) => ({
    name,
    value,
    readOnly: false,
    configSource: sourceCodes.dynamicBrokerLogger,
    isSensitive: false,
    configType: 0,
    documentation: '',
    synonyms: [],
  }))
}

/** Why a resource name is not this broker; undefined if it is. */
export function brokerIdMistake(resourceName: string, brokerId: number): Refusal | undefined {
  if (resourceName === '') return invalidRequest('Broker id must not be empty')
  if (!/^[+-]?\d+$/.test(resourceName)) {
    return invalidRequest(`Node id must be an integer, but it is: ${resourceName}`)
  }
  if (Number(resourceName) === brokerId) return undefined
  return invalidRequest(`Unexpected broker id, expected ${brokerId}, but received ${resourceName}`)
}

/** All changes, or none with the reason. They last until the broker stops. */
export function alterLoggers(
  loggers: Loggers,
  changes: readonly LevelChange[],
  validateOnly: boolean,
): Refusal | undefined {
  const names = changes.map(({ name }) => name)
  if (new Set(names).size < names.length) return invalidRequest('Error due to duplicate config keys')
  for (const change of changes) {
    const mistake = mistakeOf(loggers, change)
    if (mistake !== undefined) return mistake
  }
  if (validateOnly) return undefined
  const log = loggers.get('millrace.config')
  for (const { name, configOperation, value } of changes) {
    const level = alterOperations[configOperation] === 'set' && value !== null && isLogLevel(value) ? value : undefined
    loggers.setLevel(name, level)
    log.warn(level === undefined ? `Unset the log level of ${name}` : `Updated the log level of ${name} to ${level}`)
  }
  return undefined
}

function mistakeOf(loggers: Loggers, { name, configOperation, value }: LevelChange): Refusal | undefined {
  const operation = alterOperations[configOperation]
  if (operation === undefined) {
    return invalidRequest(`Unknown operation type ${configOperation} is not allowed for the BROKER_LOGGER resource`)
  }
  if (operation !== 'delete' && value === null) return invalidRequest(`Null value not supported for : ${name}`)
  if (operation === 'append' || operation === 'subtract') {
    return invalidRequest(`${operation.toUpperCase()} operation is not allowed for the BROKER_LOGGER resource`)
  }
  if (!loggers.has(name)) return { error: 'INVALID_CONFIG', message: `Logger ${name} does not exist!` }
  if (operation === 'delete') {
    return name === rootLogger
      ? invalidRequest(`Removing the log level of the ${rootLogger} logger is not allowed`)
      : undefined
  }
  if (isLogLevel(value ?? '')) return undefined
  const valid = logLevels.toSorted().join(', ')
  return {
    error: 'INVALID_CONFIG',
    message: `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${valid}`,
  }
}

function invalidRequest(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}
