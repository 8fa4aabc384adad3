import { BrokerConfig, type BrokerConfigName, brokerConfigs, isBrokerConfig, keyOf } from './broker-config.js'
import { parseConfig } from './config-key.js'
import { consistencyMistakes } from './consistency.js'
import { nearestBrokerKey } from './nearest-key.js'

export type ParsedBrokerConfig =
  | { readonly config: BrokerConfig; readonly warnings: readonly string[] }
  | { readonly mistakes: readonly string[]; readonly warnings: readonly string[] }

/** Reads the properties of a broker: all mistakes at once, or a config with the warnings to log. */
export function parseBrokerConfig(properties: ReadonlyMap<string, string>): ParsedBrokerConfig {
  const mistakes: string[] = []
  const unknown: string[] = []
  const known = new Map<string, string>()
  for (const [name, text] of properties) {
    if (isBrokerConfig(name)) {
      const parsed = parseConfig(brokerConfigs[name], text)
      if ('mistake' in parsed) mistakes.push(`${name}=${shown(name, text)}: ${parsed.mistake}`)
      else known.set(name, text.trim())
    } else if (!name.startsWith('listener.name.')) {
      unknown.push(name)
    }
  }
  const warnings = unknown.length === 0 ? [] : [unknownKeysWarning(unknown)]
  const config = new BrokerConfig(known)
  mistakes.push(...consistencyMistakes(config))
  return mistakes.length > 0 ? { mistakes, warnings } : { config, warnings }
}

function unknownKeysWarning(unknown: readonly string[]): string {
  const names = Object.keys(brokerConfigs)
  const each = unknown.map((name) => {
    const nearest = nearestBrokerKey(name, names)
    return nearest === undefined ? name : `${name} (did you mean ${nearest}?)`
  })
  return `Unknown configuration keys, which have no effect: ${each.join(', ')}`
}

function shown(name: BrokerConfigName, text: string): string {
  return keyOf(name).kind === 'password' ? '[hidden]' : text
}
