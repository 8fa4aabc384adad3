/** Quotas of users, clients and addresses, and the SCRAM credentials of users. */
import type { ClientQuota, ClientQuotaEntity, KafkaAdminClient, ScramCredentialInfo } from '@millrace/client'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { doubleText } from '../command-line/java-number.js'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { ToolError } from '../command-line/tool.js'
import { type ConfigChanges, isScram, parseCredential } from './config-changes.js'
import type { Entities, EntityType } from './entities.js'

const components = { users: 'user', clients: 'client-id', ips: 'ip' } as const

type QuotaType = keyof typeof components

const clientQuotas: ReadonlySet<string> = new Set([
  'producer_byte_rate',
  'consumer_byte_rate',
  'request_percentage',
  'controller_mutation_rate',
])
const ipQuotas: ReadonlySet<string> = new Set(['connection_creation_rate'])

export function isQuotaType(type: EntityType | undefined): type is QuotaType {
  return type !== undefined && type in components
}

export async function describeQuotas(admin: KafkaAdminClient, entities: Entities): Promise<readonly ClientQuota[]> {
  const { types, names } = entities
  if (names.length > types.length) throw new ToolError('More entity names specified than entity types')
  const filter = types.map((type, at) => {
    const name = names[at]
    return [componentOf(type), name === undefined ? { any: true } : name === '' ? null : name] as const
  })
  return await admin.describeClientQuotas({ components: Object.fromEntries(filter), strict: true })
}

function componentOf(type: EntityType): (typeof components)[QuotaType] {
  if (!isQuotaType(type)) throw new ToolError(`Unexpected entity type ${type}`)
  return components[type]
}

const titles = { user: 'user-principal', 'client-id': 'client-id', ip: 'ip' } as const

/** `Quota configs for user-principal 'alice' are producer_byte_rate=1024.0` */
export function quotaLine({ entity, quotas }: ClientQuota): string {
  const names = (['user', 'client-id', 'ip'] as const).flatMap((component) => {
    const name = entity[component]
    if (name === undefined) return []
    return name === null ? `the default ${titles[component]}` : `${titles[component]} '${name}'`
  })
  const values = hashOrder(quotas, ([name]) => stringHash(name), quotas.size).map(
    ([name, value]) => `${name}=${doubleText(value)}`,
  )
  return `Quota configs for ${names.join(', ')} are ${values.join(', ')}`
}

export interface UserCredentials {
  readonly user: string
  readonly credentials: readonly ScramCredentialInfo[]
  /** Why they are not known. */
  readonly error: string | undefined
}

/** Those of the users that have any. */
export async function describeCredentials(
  admin: KafkaAdminClient,
  users: readonly string[],
): Promise<readonly UserCredentials[]> {
  const outcomes = await admin.describeUserScramCredentials(users).settled()
  return [...outcomes].flatMap(([user, outcome]): UserCredentials[] => {
    if ('value' in outcome) return [{ user, credentials: outcome.value, error: undefined }]
    if (hasCode(outcome.error, 'RESOURCE_NOT_FOUND')) return []
    return [{ user, credentials: [], error: reasonOf(outcome.error) }]
  })
}

export function credentialsLine({ user, credentials, error }: UserCredentials): string {
  if (error !== undefined) return `Error retrieving SCRAM credential configs for user-principal '${user}': ${error}`
  const list = credentials.map(({ mechanism, iterations }) => `${mechanism}=iterations=${iterations}`).join(', ')
  return `SCRAM credential configs for user-principal '${user}' are ${list}`
}

/** Errors: ToolError for what does not go together; those of the admin client. */
export async function alterQuotas(admin: KafkaAdminClient, entities: Entities, changes: ConfigChanges): Promise<void> {
  const { types, names } = entities
  const [type] = types
  const changed = [...changes.added.keys(), ...changes.deleted]
  if (type === 'ips') {
    const unknown = changed.filter((name) => !ipQuotas.has(name))
    if (unknown.length > 0) {
      throw new ToolError(
        `Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: ${unknown.join(',')}`,
      )
    }
  } else if (type === 'clients' || types.length === 2)
    checkNames(changes, 'clients', 'quota', (name) => clientQuotas.has(name))
  else checkUser(changes, names)
  if (changed.some(isScram)) await alterCredentials(admin, names[0] ?? '', changes)
  else await alterEntityQuotas(admin, entities, changes)
}

function checkNames({ added, deleted }: ConfigChanges, type: string, what: string, isFine: (name: string) => boolean) {
  const refuse = (verb: string, names: readonly string[]) => {
    if (names.length === 0) return
    throw new ToolError(
      `Only ${what} configs can be ${verb} for '${type}' using --bootstrap-server. Unexpected config names: ${names.join(', ')}`,
    )
  }
  refuse(
    'added',
    [...added.keys()].filter((name) => !isFine(name)),
  )
  refuse(
    'deleted',
    deleted.filter((name) => !isFine(name)),
  )
}

function checkUser(changes: ConfigChanges, names: readonly string[]): void {
  checkNames(changes, 'users', 'quota and SCRAM credential', (name) => clientQuotas.has(name) || isScram(name))
  const changed = [...changes.added.keys(), ...changes.deleted]
  if (!changed.some(isScram)) return
  if (names.includes('')) {
    throw new ToolError(
      'The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.',
    )
  }
  if (!changed.every(isScram)) {
    throw new ToolError(
      "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
    )
  }
}

async function alterCredentials(admin: KafkaAdminClient, user: string, { added, deleted }: ConfigChanges) {
  const deletions = deleted.filter(isScram).map((mechanism) => ({ user, mechanism }))
  const upsertions = [...added].flatMap(([name, value]) =>
    isScram(name) ? { user, ...parseCredential(name, value) } : [],
  )
  await admin.alterUserScramCredentials([...deletions, ...upsertions])
}

async function alterEntityQuotas(admin: KafkaAdminClient, entities: Entities, { added, deleted }: ConfigChanges) {
  const [old] = await describeQuotas(admin, entities)
  const invalid = deleted.filter((name) => !old?.quotas.has(name))
  if (invalid.length > 0) throw new ToolError(`Invalid config(s): ${invalid.join(',')}`)
  const entity: ClientQuotaEntity = Object.fromEntries(
    entities.types.map((type, at) => [componentOf(type), entities.names[at] || null]),
  )
  const values = [...added].map(([name, text]): readonly [string, number | null] => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (!Number.isNaN(value)) return [name, value]
    throw new ToolError(`Cannot parse quota configuration value for ${name}: ${text}`)
  })
  const removals = deleted.map((name) => [name, null] as const)
  await admin.alterClientQuotas([{ entity, ops: Object.fromEntries([...values, ...removals]) }])
}
