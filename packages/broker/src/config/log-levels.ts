import { isLogLevel, type LogLevel, logLevels } from '../logging/log-level.js'
import type { ConfigValue } from './config-key.js'

/** `millrace.log.levels`: levels by logger name, from items of the form name=LEVEL; undefined if one is not. */
export function parseLogLevels(items: readonly string[]): ReadonlyMap<string, LogLevel> | undefined {
  const levels = new Map<string, LogLevel>()
  for (const item of items) {
    const [, name = '', level = ''] = /^([\w.]+)=([A-Za-z]+)$/.exec(item) ?? []
    const upper = level.toUpperCase()
    if (!isLogLevel(upper)) return undefined
    levels.set(name, upper)
  }
  return levels
}

export function logLevelsMistake(value: ConfigValue): string | undefined {
  if (parseLogLevels(value as readonly string[]) !== undefined) return undefined
  return `must be a list of name=LEVEL, with a level of ${logLevels.join(', ')}`
}
