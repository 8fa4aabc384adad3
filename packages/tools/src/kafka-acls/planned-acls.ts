/** Which entries a command line of kafka-acls is about (`AclCommand`). Pure. Errors: UsageError, ToolError. */
import type { AccessControlEntry, AclOperation, AclResourceType, PatternType, ResourcePattern } from '@millrace/client'
import { UsageError } from '../command-line/parse-options.js'
import { ToolError } from '../command-line/tool.js'
import type { AclsInvocation } from './options.js'

export interface PlannedAcls {
  readonly resource: Required<ResourcePattern>
  readonly entries: readonly Required<AccessControlEntry>[]
}

const CLUSTER = { resourceType: 'CLUSTER', name: 'kafka-cluster', patternType: 'LITERAL' } as const

const supported: Readonly<Partial<Record<AclResourceType, readonly AclOperation[]>>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DESCRIBE', 'DELETE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DESCRIBE', 'DELETE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  CLUSTER: [
    ...(['CREATE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'] as const),
    ...(['IDEMPOTENT_WRITE', 'ALTER', 'DESCRIBE'] as const),
  ],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE'],
  DELEGATION_TOKEN: ['DESCRIBE'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS'],
}

export function patternType({ options }: AclsInvocation): PatternType {
  return options['resource-pattern-type'].toUpperCase() as PatternType
}

/** The resources that are named. */
export function resourcesOf(invocation: AclsInvocation): readonly Required<ResourcePattern>[] {
  const { options } = invocation
  const type = patternType(invocation)
  const of = (resourceType: AclResourceType, names: readonly string[]) =>
    names.map((name) => ({ resourceType, name: name.trim(), patternType: type }))
  const hasCluster = type === 'LITERAL' && (options.cluster || options.idempotent)
  return [
    ...of('TOPIC', options.topic),
    ...(hasCluster ? [CLUSTER] : []),
    ...of('GROUP', options.group),
    ...of('TRANSACTIONAL_ID', options['transactional-id']),
    ...of('DELEGATION_TOKEN', options['delegation-token']),
    ...of('USER', options['user-principal']),
  ]
}

/** Entries by their resources; none for a resource of which all are meant. */
export function plannedAcls(invocation: AclsInvocation): readonly PlannedAcls[] {
  const { options } = invocation
  const resources = resourcesOf(invocation)
  if (resources.length === 0) {
    throw new UsageError(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    )
  }
  const plan: PlannedAcls[] = []
  const add = (types: readonly AclResourceType[], operations: readonly AclOperation[]) => {
    for (const resource of resources.filter(({ resourceType }) => types.includes(resourceType))) {
      const before = plan.findIndex((one) => one.resource === resource)
      const entries = entriesOf(invocation, operations)
      if (before === -1) plan.push({ resource, entries })
      else plan[before] = { resource, entries: distinct([...entries, ...(plan[before]?.entries ?? [])]) }
    }
  }
  if (options.producer) {
    add(['TOPIC'], ['WRITE', 'DESCRIBE', 'CREATE'])
    add(['TRANSACTIONAL_ID'], ['WRITE', 'DESCRIBE'])
    if (options.idempotent) add(['CLUSTER'], ['IDEMPOTENT_WRITE'])
  }
  if (options.consumer) {
    add(['TOPIC'], ['READ', 'DESCRIBE'])
    add(['GROUP'], ['READ'])
  }
  if (!options.producer && !options.consumer) {
    const names = options.operation.length === 0 ? ['All'] : options.operation
    const entries = entriesOf(invocation, names.map(operationOf))
    plan.push(...resources.map((resource) => ({ resource, entries })))
  }
  for (const one of plan) checkOperations(one)
  return plan
}

function distinct(entries: readonly Required<AccessControlEntry>[]): readonly Required<AccessControlEntry>[] {
  return [...new Map(entries.map((entry) => [entryText(entry), entry])).values()]
}

function entriesOf({ options }: AclsInvocation, operations: readonly AclOperation[]) {
  const of = (permissionType: 'ALLOW' | 'DENY', principals: readonly string[], hosts: readonly string[]) =>
    principals.flatMap((principal) =>
      operations.flatMap((operation) =>
        (hosts.length === 0 ? ['*'] : hosts).map((host) => {
          return { principal: principalOf(principal), host: host.trim(), operation, permissionType }
        }),
      ),
    )
  return distinct([
    ...of('ALLOW', options['allow-principal'], options['allow-host']),
    ...of('DENY', options['deny-principal'], options['deny-host']),
  ])
}

export function principalOf(text: string): string {
  if (text.includes(':')) return text.trim()
  throw new ToolError(`expected a string in format principalType:principalName but got ${text}`)
}

/** `Read`, `READ`, `read`, `ClusterAction`, `CLUSTER_ACTION` */
function operationOf(text: string): AclOperation {
  const name = text.trim().replaceAll('_', '').toLowerCase()
  const operations = new Set<AclOperation>(['ALL', ...Object.values(supported).flat()])
  return [...operations].find((one) => one.replaceAll('_', '').toLowerCase() === name) ?? 'UNKNOWN'
}

function checkOperations({ resource, entries }: PlannedAcls): void {
  const { resourceType } = resource
  const valid: readonly AclOperation[] = [...(supported[resourceType] ?? []), 'ALL']
  if (entries.every(({ operation }) => valid.includes(operation))) return
  throw new UsageError(`ResourceType ${resourceType} only supports operations ${valid.map(operationTitle).join(', ')}`)
}

/** `DescribeConfigs` */
function operationTitle(operation: AclOperation): string {
  return operation
    .split('_')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('')
}

/** As Java writes an entry. */
export function entryText({ principal, host = '*', operation, permissionType }: AccessControlEntry): string {
  return `(principal=${principal}, host=${host}, operation=${operation}, permissionType=${permissionType})`
}

/** As Java writes a resource. */
export function resourceText({ resourceType, name, patternType: type = 'LITERAL' }: ResourcePattern): string {
  return `ResourcePattern(resourceType=${resourceType}, name=${name}, patternType=${type})`
}
