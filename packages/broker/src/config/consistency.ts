/** What no single key shows: values that do not go together (Kafka: KafkaConfig.validateValues). */
import type { BrokerConfig } from './broker-config.js'
import { advertisedMistakes, listenerMistakes, parseListeners } from './listeners.js'
import { topicDefaultMistakes } from './topic-config.js'

export function consistencyMistakes(config: BrokerConfig): string[] {
  return [...listeners(config), ...identity(config), ...times(config), ...sizes(config), ...topics(config)]
}

function listeners(config: BrokerConfig): string[] {
  const protocolMap = config.get('listener.security.protocol.map')
  const bound = parseListeners(config.get('listeners'), protocolMap)
  if ('mistake' in bound) return [`listeners: ${bound.mistake}`]
  const mistakes = listenerMistakes(bound.listeners).map((mistake) => `listeners ${mistake}`)

  const advertisedText = config.get('advertised.listeners')
  if (advertisedText !== null) {
    const advertised = parseListeners(advertisedText, protocolMap)
    if ('mistake' in advertised) return [...mistakes, `advertised.listeners: ${advertised.mistake}`]
    const wrong = advertisedMistakes(advertised.listeners, bound.listeners)
    mistakes.push(...wrong.map((mistake) => `advertised.listeners ${mistake}`))
  }
  const interBroker = config.get('inter.broker.listener.name')
  if (interBroker !== null && !bound.listeners.some(({ name }) => name === interBroker.toUpperCase())) {
    mistakes.push(`inter.broker.listener.name=${interBroker} is not in listeners`)
  }
  return mistakes
}

function identity(config: BrokerConfig): string[] {
  const id = config.get('broker.id')
  const nodeId = config.get('node.id')
  if (nodeId !== -1 && nodeId !== id) return [`node.id=${nodeId}: must be the same as broker.id (${id})`]
  const generates = config.get('broker.id.generation.enable')
  const max = config.get('reserved.broker.max.id')
  if (id < -1) return [`broker.id=${id}: must be 0 or more, or -1 to have one generated`]
  if (id === -1 && !generates) return ['broker.id must be set when broker.id.generation.enable is false']
  if (generates && id > max) return [`broker.id=${id}: must not be over reserved.broker.max.id (${max})`]
  return []
}

function times(config: BrokerConfig): string[] {
  const mistakes: string[] = []
  for (const name of ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'] as const) {
    const value = config.get(name)
    if (value !== null && (value === 0 || value < -1)) {
      mistakes.push(`${name}=${value}: must be more than 0, or -1 for no limit`)
    }
  }
  for (const [lower, upper] of ordered) {
    const [min, max] = [config.get(lower), config.get(upper)]
    if (min > max) mistakes.push(`${lower}=${config.text(lower)}: must not be over ${upper} (${config.text(upper)})`)
  }
  return mistakes
}

const ordered = [
  ['group.min.session.timeout.ms', 'group.max.session.timeout.ms'],
  ['log.cleaner.min.compaction.lag.ms', 'log.cleaner.max.compaction.lag.ms'],
] as const

function sizes(config: BrokerConfig): string[] {
  const mistakes: string[] = []
  const queued = config.get('queued.max.request.bytes')
  const largest = config.get('socket.request.max.bytes')
  if (queued > 0 && queued < largest) {
    mistakes.push(`queued.max.request.bytes=${queued}: must not be under socket.request.max.bytes (${largest})`)
  }
  if (config.get('max.connections.per.ip') === 0 && config.get('max.connections.per.ip.overrides') === '') {
    mistakes.push('max.connections.per.ip=0: must not be 0 while max.connections.per.ip.overrides is empty')
  }
  if (!logDirsOf(config).length) mistakes.push('log.dirs must name at least one directory')
  return mistakes
}

/** What would be no right default of topics. Retention has a rule of its own above. */
function topics(config: BrokerConfig): string[] {
  return topicDefaultMistakes(config).filter((mistake) => !mistake.startsWith('log.retention.'))
}

/** The log directories, in the order in which they are given. */
export function logDirsOf(config: BrokerConfig): string[] {
  const text = config.get('log.dirs') ?? config.get('log.dir')
  return text
    .split(',')
    .map((dir) => dir.trim())
    .filter((dir) => dir !== '')
}
