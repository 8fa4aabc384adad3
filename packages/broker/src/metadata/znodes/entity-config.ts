/** `/config/<type>/<entity>` and the notices of their changes (`ConfigEntityZNode`). All values are strings. */
import { encodeObject, inPropertiesOrder, JsonObject, objectText, ZnodeFormatError } from './json.js'
import type { ConfigEntityType } from './paths.js'
import { CONFIG_CHANGES_PATH, CONFIG_ENTITY_TYPES } from './paths.js'

export type EntityConfig = ReadonlyMap<string, string>

export function encodeEntityConfig(config: EntityConfig): Buffer {
  const members = inPropertiesOrder(config).map(([key, value]) => [key, JSON.stringify(value)] as const)
  return encodeObject([
    ['version', '1'],
    ['config', objectText(members)],
  ])
}

/** A node without data has no configs. */
export function decodeEntityConfig(path: string, data: Buffer | null): EntityConfig {
  if (data === null || data.length === 0) return new Map()
  const config = JsonObject.parse(path, data).optionalObject('config')
  return new Map((config?.keys() ?? []).map((key) => [key, config?.string(key) ?? ''] as const))
}

/** An entity, as a notice names it: the value is read anew from its node. */
export interface ConfigEntity {
  readonly type: ConfigEntityType
  /** Sanitised; a user's client is `<user>/clients/<client>`. */
  readonly name: string
}

export function encodeConfigChange({ type, name }: ConfigEntity): Buffer {
  return encodeObject([
    ['version', '2'],
    ['entity_path', JSON.stringify(`${type}/${name}`)],
  ])
}

/** Reads both versions of notices. */
export function decodeConfigChange(data: Buffer | null): ConfigEntity {
  const json = JsonObject.parse(CONFIG_CHANGES_PATH, data)
  const version = json.int('version')
  if (version === 1) return entity(json.string('entity_type'), json.string('entity_name'))
  if (version !== 2) throw new ZnodeFormatError(CONFIG_CHANGES_PATH, `unsupported version ${version}`)
  const path = json.string('entity_path')
  const slash = path.indexOf('/')
  return entity(path.slice(0, Math.max(slash, 0)), path.slice(slash + 1))
}

function entity(type: string, name: string): ConfigEntity {
  const known = CONFIG_ENTITY_TYPES.find((candidate) => candidate === type)
  if (known === undefined || name === '') {
    throw new ZnodeFormatError(CONFIG_CHANGES_PATH, `unknown entity ${type}/${name}`)
  }
  return { type: known, name }
}
