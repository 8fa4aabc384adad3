/** Kafka's names for the numbers on the wire. */
import { invalid } from './refusals.js'

interface CodeNames<Name extends string> {
  /** Errors: INVALID_ARGUMENT for a name that is not there. */
  code(name: Name): number
  /** UNKNOWN for a number that has no name here. */
  name(code: number): Name | 'UNKNOWN'
  /** The names whose bits are set. */
  ofBits(bits: number): ReadonlySet<Name>
}

function codeNames<const Name extends string>(what: string, codes: Readonly<Record<Name, number>>): CodeNames<Name> {
  const names = new Map((Object.entries(codes) as [Name, number][]).map(([name, code]) => [code, name]))
  return {
    code: (name) => {
      const code: number | undefined = Object.hasOwn(codes, name) ? codes[name] : undefined
      if (code === undefined) throw invalid(`${name} is no ${what}: ${Object.keys(codes).join(', ')} are`)
      return code
    },
    name: (code) => names.get(code) ?? 'UNKNOWN',
    ofBits: (bits) => new Set([...names].flatMap(([code, name]) => ((bits >> code) & 1 ? name : []))),
  }
}

export type AclResourceType =
  | 'ANY'
  | 'TOPIC'
  | 'GROUP'
  | 'CLUSTER'
  | 'TRANSACTIONAL_ID'
  | 'DELEGATION_TOKEN'
  | 'USER'
  | 'UNKNOWN'
export const aclResourceTypes = codeNames<AclResourceType>('resource type', {
  UNKNOWN: 0,
  ANY: 1,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
})

export type PatternType = 'ANY' | 'MATCH' | 'LITERAL' | 'PREFIXED' | 'UNKNOWN'
export const patternTypes = codeNames<PatternType>('pattern type', {
  UNKNOWN: 0,
  ANY: 1,
  MATCH: 2,
  LITERAL: 3,
  PREFIXED: 4,
})

export type AclPermissionType = 'ANY' | 'DENY' | 'ALLOW' | 'UNKNOWN'
export const permissionTypes = codeNames<AclPermissionType>('permission type', {
  UNKNOWN: 0,
  ANY: 1,
  DENY: 2,
  ALLOW: 3,
})

export type AclOperation =
  | 'ANY'
  | 'ALL'
  | 'READ'
  | 'WRITE'
  | 'CREATE'
  | 'DELETE'
  | 'ALTER'
  | 'DESCRIBE'
  | 'CLUSTER_ACTION'
  | 'DESCRIBE_CONFIGS'
  | 'ALTER_CONFIGS'
  | 'IDEMPOTENT_WRITE'
  | 'CREATE_TOKENS'
  | 'DESCRIBE_TOKENS'
  | 'TWO_PHASE_COMMIT'
  | 'UNKNOWN'
export const aclOperations = codeNames<AclOperation>('operation', {
  UNKNOWN: 0,
  ANY: 1,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
})

export type ConfigResourceType = 'TOPIC' | 'BROKER' | 'BROKER_LOGGER' | 'CLIENT_METRICS' | 'GROUP'
export const configResourceTypes = codeNames<ConfigResourceType>('config resource type', {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
})

export type ConfigSource =
  | 'UNKNOWN'
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG'
  | 'DYNAMIC_BROKER_LOGGER_CONFIG'
  | 'DYNAMIC_CLIENT_METRICS_CONFIG'
  | 'DYNAMIC_GROUP_CONFIG'
export const configSources = codeNames<ConfigSource>('config source', {
  UNKNOWN: 0,
  DYNAMIC_TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
  DYNAMIC_CLIENT_METRICS_CONFIG: 7,
  DYNAMIC_GROUP_CONFIG: 8,
})

export type ConfigType =
  | 'UNKNOWN'
  | 'BOOLEAN'
  | 'STRING'
  | 'INT'
  | 'SHORT'
  | 'LONG'
  | 'DOUBLE'
  | 'LIST'
  | 'CLASS'
  | 'PASSWORD'
export const configTypes = codeNames<ConfigType>('config type', {
  UNKNOWN: 0,
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
})

export type AlterConfigOpType = 'SET' | 'DELETE' | 'APPEND' | 'SUBTRACT'
export const alterConfigOps = codeNames<AlterConfigOpType>('config operation', {
  SET: 0,
  DELETE: 1,
  APPEND: 2,
  SUBTRACT: 3,
})

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'UNKNOWN'
export const scramMechanisms = codeNames<ScramMechanism>('SCRAM mechanism', {
  UNKNOWN: 0,
  'SCRAM-SHA-256': 1,
  'SCRAM-SHA-512': 2,
})

export type UpgradeType = 'UPGRADE' | 'SAFE_DOWNGRADE' | 'UNSAFE_DOWNGRADE'
export const upgradeTypes = codeNames<UpgradeType>('upgrade type', {
  UPGRADE: 1,
  SAFE_DOWNGRADE: 2,
  UNSAFE_DOWNGRADE: 3,
})

export type ElectionType = 'PREFERRED' | 'UNCLEAN'
export const electionTypes = codeNames<ElectionType>('election type', { PREFERRED: 0, UNCLEAN: 1 })

/** Bit field of authorized operations that were not asked for, or that the broker does not tell. */
const NOT_TOLD = -2147483648

/** Undefined: not told. */
export function authorizedOperations(bits: number): ReadonlySet<AclOperation> | undefined {
  return bits === NOT_TOLD ? undefined : aclOperations.ofBits(bits)
}
