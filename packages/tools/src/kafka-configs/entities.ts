/**
 * What a command line of kafka-configs is about: types of entities, and names for them, '' for a default
 * (`ConfigCommandOptions`). Pure. Errors: ToolError, in the words of Kafka's tool.
 */
import { ToolError } from '../command-line/tool.js'
import type { ConfigsInvocation } from './options.js'

export const entityTypes = [
  'topics',
  'clients',
  'users',
  'brokers',
  'ips',
  'broker-loggers',
  'client-metrics',
  'groups',
] as const

export type EntityType = (typeof entityTypes)[number]

export interface Entities {
  /** One, or users and clients. */
  readonly types: readonly EntityType[]
  /** As many, or fewer: of the rest all are meant. */
  readonly names: readonly string[]
}

const nameOptions = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', 'broker-loggers'],
  ['ip', 'ips'],
  ['client-metrics', 'client-metrics'],
  ['group', 'groups'],
] as const

const defaultOptions = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
] as const

const withDefaults: readonly EntityType[] = ['users', 'clients', 'brokers', 'ips']

export function entitiesOf(invocation: ConfigsInvocation): Entities {
  const { given } = invocation
  const types = typesOf(invocation)
  const names = namesOf(invocation)
  const [first] = types
  if (first === undefined) throw new ToolError('At least one entity type must be specified')
  if (types.length > 1 && !types.every((type) => type === 'users' || type === 'clients')) {
    throw new ToolError("Only 'users' and 'clients' entity types may be specified together")
  }
  const hasFlags = [...nameOptions, ...defaultOptions].some(([name]) => given.has(name))
  if (hasFlags && (given.has('entity-name') || given.has('entity-type') || given.has('entity-default'))) {
    throw new ToolError('--entity-{type,name,default} should not be used in conjunction with specific entity flags')
  }
  const isBroker = first === 'brokers' || first === 'broker-loggers'
  for (const name of names) {
    if (!isBroker || name === '' || /^[+-]?\d+$/.test(name)) continue
    throw new ToolError(`The entity name for ${first} must be a valid integer broker id, but it is: ${name}`)
  }
  if (given.has('describe')) checkDescribe(invocation, types, names)
  else checkAlter(types, names)
  return { types, names }
}

function typesOf({ options, given }: ConfigsInvocation): readonly EntityType[] {
  const types = options['entity-type'].map((type) => {
    const known = entityTypes.find((one) => one === type)
    if (known !== undefined) return known
    throw new ToolError(
      `Invalid entity type ${type}, the entity type must be one of ${entityTypes.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
    )
  })
  const all = [
    ...types,
    ...[...nameOptions, ...defaultOptions].flatMap(([name, type]) => (given.has(name) ? type : [])),
  ]
  const repeated = all.filter((type, at) => all.indexOf(type) !== at)
  if (repeated.length > 0) throw new ToolError(`Duplicate entity type(s) specified: ${repeated.join(',')}`)
  return all
}

/** Which name belongs to which type is told by their order. */
function namesOf({ options, occurrences, given }: ConfigsInvocation): readonly string[] {
  const names = options['entity-name'].values()
  return [
    ...occurrences.flatMap((option) => {
      if (option === 'entity-default') return ''
      return option === 'entity-name' ? (names.next().value ?? '') : []
    }),
    ...nameOptions.flatMap(([option]) => options[option] ?? []),
    ...defaultOptions.flatMap(([option]) => (given.has(option) ? '' : [])),
  ]
}

function checkDescribe({ given }: ConfigsInvocation, types: readonly EntityType[], names: readonly string[]): void {
  const list = types.join(',')
  if (given.has('entity-default') && !types.some((type) => withDefaults.includes(type))) {
    throw new ToolError(`--entity-default must not be specified with --describe of ${list}`)
  }
  if (types.includes('broker-loggers') && names.every((name) => name === '')) {
    throw new ToolError(`An entity name must be specified with --describe of ${list}`)
  }
}

function checkAlter(types: readonly EntityType[], names: readonly string[]): void {
  if (types.some((type) => withDefaults.includes(type))) {
    if (names.length > 0) return
    throw new ToolError(
      'An entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
    )
  }
  if (names.some((name) => name !== '')) return
  throw new ToolError(`An entity name must be specified with --alter of ${types.join(',')}`)
}
