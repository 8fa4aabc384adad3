/** Access control entries: describe, create, delete by filters. */
import { apis, type RequestInputOf } from '@millrace/protocol'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult, Outcome } from './admin-result.js'
import {
  type AclOperation,
  type AclPermissionType,
  type AclResourceType,
  aclOperations,
  aclResourceTypes,
  type PatternType,
  patternTypes,
  permissionTypes,
} from './code-names.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { nothing, outcome } from './refusals.js'

/** What an entry is about. */
export interface ResourcePattern {
  readonly resourceType: AclResourceType
  readonly name: string
  /** Default LITERAL. */
  readonly patternType?: PatternType
}

/** Who may, or must not, do what. */
export interface AccessControlEntry {
  /** Such as `User:alice`. */
  readonly principal: string
  /** An address; default `*`, any. */
  readonly host?: string
  readonly operation: AclOperation
  readonly permissionType: AclPermissionType
}

export interface AclBinding {
  readonly pattern: ResourcePattern
  readonly entry: AccessControlEntry
}

/** What is left out matches all. */
export interface AclBindingFilter {
  readonly patternFilter?: {
    readonly resourceType?: AclResourceType
    readonly name?: string
    /** Default ANY. MATCH: all patterns that the name falls under. */
    readonly patternType?: PatternType
  }
  readonly entryFilter?: {
    readonly principal?: string
    readonly host?: string
    readonly operation?: AclOperation
    readonly permissionType?: AclPermissionType
  }
}

const passes = ({ code }: KafkaError) => code === 'NOT_CONTROLLER'

export async function describeAcls(
  driver: AdminDriver,
  filter: AclBindingFilter,
  options: CallOptions,
): Promise<readonly AclBinding[]> {
  return await driver.one('describeAcls', options, 'any', async (call) => {
    const response = await call.ask('any', apis.DescribeAcls, filterBody(filter))
    return outcome(response, () =>
      response.resources.flatMap(({ acls, ...resource }) => acls.map((acl) => binding({ ...resource, ...acl }))),
    )
  })
}

type FilterBody = RequestInputOf<typeof apis.DescribeAcls>

function filterBody({ patternFilter = {}, entryFilter = {} }: AclBindingFilter): FilterBody {
  return {
    resourceTypeFilter: aclResourceTypes.code(patternFilter.resourceType ?? 'ANY'),
    resourceNameFilter: patternFilter.name ?? null,
    patternTypeFilter: patternTypes.code(patternFilter.patternType ?? 'ANY'),
    principalFilter: entryFilter.principal ?? null,
    hostFilter: entryFilter.host ?? null,
    operation: aclOperations.code(entryFilter.operation ?? 'ANY'),
    permissionType: permissionTypes.code(entryFilter.permissionType ?? 'ANY'),
  }
}

function binding(acl: {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}): AclBinding {
  return {
    pattern: {
      resourceType: aclResourceTypes.name(acl.resourceType),
      name: acl.resourceName,
      patternType: patternTypes.name(acl.patternType),
    },
    entry: {
      principal: acl.principal,
      host: acl.host,
      operation: aclOperations.name(acl.operation),
      permissionType: permissionTypes.name(acl.permissionType),
    },
  }
}

/** Keys are the bindings as given. */
export function createAcls(
  driver: AdminDriver,
  bindings: readonly AclBinding[],
  options: CallOptions,
): AdminResult<AclBinding, void> {
  return driver.each('createAcls', options, () => ({
    keys: bindings,
    locator: fixed<AclBinding>('any'),
    passes,
    ask: async (call: Call, target: Answerer, those: readonly AclBinding[]) => {
      const { results } = await call.ask(target, apis.CreateAcls, { creations: those.map(creation) })
      return pairs(those, results, (result) => outcome(result, nothing))
    },
  }))
}

function creation({ pattern, entry }: AclBinding): RequestInputOf<typeof apis.CreateAcls>['creations'][number] {
  return {
    resourceType: aclResourceTypes.code(pattern.resourceType),
    resourceName: pattern.name,
    resourcePatternType: patternTypes.code(pattern.patternType ?? 'LITERAL'),
    principal: entry.principal,
    host: entry.host ?? '*',
    operation: aclOperations.code(entry.operation),
    permissionType: permissionTypes.code(entry.permissionType),
  }
}

/** An entry that a filter found, and what became of its deletion. */
export interface DeletedAcl {
  readonly binding: AclBinding
  /** Undefined: it is deleted. */
  readonly error: KafkaError | undefined
}

/** Keys are the filters as given. */
export function deleteAcls(
  driver: AdminDriver,
  filters: readonly AclBindingFilter[],
  options: CallOptions,
): AdminResult<AclBindingFilter, readonly DeletedAcl[]> {
  return driver.each('deleteAcls', options, () => ({
    keys: filters,
    locator: fixed<AclBindingFilter>('any'),
    passes,
    ask: async (call: Call, target: Answerer, those: readonly AclBindingFilter[]) => {
      const { filterResults } = await call.ask(target, apis.DeleteAcls, { filters: those.map(filterBody) })
      return pairs(those, filterResults, (result) =>
        outcome(result, () =>
          result.matchingAcls.map((acl) => {
            const one: Outcome<void> = outcome(acl, nothing)
            return { binding: binding(acl), error: 'error' in one ? one.error : undefined }
          }),
        ),
      )
    },
  }))
}

/** Answers are in the order of the request. */
function pairs<K, R, A>(keys: readonly K[], results: readonly R[], answer: (result: R) => A): (readonly [K, A])[] {
  return keys.flatMap((key, index) => {
    const result = results[index]
    return result === undefined ? [] : [[key, answer(result)] as const]
  })
}
