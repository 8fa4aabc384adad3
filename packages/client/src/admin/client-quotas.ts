/** Quotas of users, clients and addresses (KIP-546): describe and change. */
import { apis } from '@millrace/protocol'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { nothing, outcome } from './refusals.js'

/** Whose quota: a name for each of its components, null for the default of a component. */
export type ClientQuotaEntity = Readonly<Partial<Record<'user' | 'client-id' | 'ip', string | null>>>

/** Which entities: by component a name, null for the default, or `{ any: true }` for all that have this component. */
export interface ClientQuotaFilter {
  readonly components: Readonly<Partial<Record<'user' | 'client-id' | 'ip', string | null | { readonly any: true }>>>
  /** Only entities without any other component. Default false. */
  readonly strict?: boolean
}

export interface ClientQuota {
  readonly entity: ClientQuotaEntity
  /** By name: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`, `controller_mutation_rate`, `connection_creation_rate`. */
  readonly quotas: ReadonlyMap<string, number>
}

const MATCH_EXACT = 0
const MATCH_DEFAULT = 1
const MATCH_ANY = 2

export async function describeClientQuotas(
  driver: AdminDriver,
  { components, strict = false }: ClientQuotaFilter,
  options: CallOptions,
): Promise<readonly ClientQuota[]> {
  return await driver.one('describeClientQuotas', options, 'any', async (call) => {
    const response = await call.ask('any', apis.DescribeClientQuotas, {
      components: Object.entries(components).map(([entityType, name]) => {
        if (typeof name === 'string') return { entityType, matchType: MATCH_EXACT, match: name }
        return { entityType, matchType: name === null ? MATCH_DEFAULT : MATCH_ANY, match: null }
      }),
      strict,
    })
    return outcome(response, () =>
      (response.entries ?? []).map(({ entity, values }) => ({
        entity: entityOf(entity),
        quotas: new Map(values.map(({ key, value }) => [key, value])),
      })),
    )
  })
}

interface AnsweredComponent {
  readonly entityType: string
  readonly entityName: string | null
}

function entityOf(components: readonly AnsweredComponent[]): ClientQuotaEntity {
  return Object.fromEntries(components.map(({ entityType, entityName }) => [entityType, entityName]))
}

export interface ClientQuotaAlteration {
  readonly entity: ClientQuotaEntity
  /** Values by name, as in ClientQuota; null removes one. */
  readonly ops: Readonly<Record<string, number | null>>
}

export interface AlterClientQuotasOptions extends CallOptions {
  /** Only says whether it could be done. Default false. */
  readonly validateOnly?: boolean
}

/** Keys are the entities as given. */
export function alterClientQuotas(
  driver: AdminDriver,
  alterations: readonly ClientQuotaAlteration[],
  options: AlterClientQuotasOptions,
): AdminResult<ClientQuotaEntity, void> {
  const { validateOnly = false } = options
  return driver.each('alterClientQuotas', options, () => {
    const opsOf = new Map(alterations.map(({ entity, ops }) => [entity, ops]))
    return {
      keys: opsOf.keys(),
      locator: fixed<ClientQuotaEntity>('controller'),
      passes: ({ code }) => code === 'NOT_CONTROLLER',
      ask: async (call: Call, target: Answerer, entities: readonly ClientQuotaEntity[]) => {
        const { entries } = await call.ask(target, apis.AlterClientQuotas, {
          entries: entities.map((entity) => ({
            entity: componentsOf(entity),
            ops: Object.entries(opsOf.get(entity) ?? {}).map(([key, value]) => ({
              key,
              value: value ?? 0,
              remove: value === null,
            })),
          })),
          validateOnly,
        })
        const answers = new Map(entries.map((entry) => [identity(entry.entity), outcome(entry, nothing)]))
        return entities.flatMap((entity) => {
          const answer = answers.get(identity(componentsOf(entity)))
          return answer === undefined ? [] : [[entity, answer] as const]
        })
      },
    }
  })
}

function componentsOf(entity: ClientQuotaEntity): AnsweredComponent[] {
  return Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }))
}

function identity(components: readonly AnsweredComponent[]): string {
  return JSON.stringify(components.map(({ entityType, entityName }) => [entityType, entityName]).sort())
}
