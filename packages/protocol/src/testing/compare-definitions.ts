/**
 * Compares our schemas with Kafka's own message definitions: the JSON files with `//` comments inside its jars
 * (kafka-clients, kafka-group-coordinator).
 *
 * A message is compared with one release in the versions that both have, since a release may have dropped old versions
 * and may not have the newest ones yet: the oldest and the newest release together cover the whole range. What differs
 * on purpose is listed, with the reason, in known-differences.ts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FieldSpec, StructSpec } from '../schema/fields.js'
import type { Message } from '../schema/message.js'
import { formatVersionRange, NO_VERSIONS, parseVersionRange, type VersionRange } from '../schema/version-range.js'

/** A field in Kafka's notation. */
export interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly default?: unknown
  readonly ignorable?: boolean
  readonly tag?: number
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly mapKey?: boolean
  readonly fields?: readonly KafkaField[]
}

/** A message in Kafka's notation. */
export interface KafkaDefinition {
  readonly name: string
  readonly apiKey?: number
  readonly validVersions: string
  readonly flexibleVersions?: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly KafkaField[]
}

/** One property in which a message, or a field of it, differs. */
export interface Difference {
  readonly message: string
  /** Names of the fields from the message down, joined by dots; empty for the message itself. */
  readonly path: string
  readonly property: string
  readonly ours: string
  readonly theirs: string
}

/** What both sides are brought to before they are compared. */
interface Field {
  readonly type: string
  readonly versions: VersionRange
  readonly properties: Readonly<Record<string, string>>
  readonly fields: ReadonlyMap<string, Field>
}

/** Reads `<folder>/<name>.json`. */
export function readDefinition(folder: string, name: string): KafkaDefinition {
  return parseDefinition(readFileSync(join(folder, `${name}.json`), 'utf8'))
}

/** Parses JSON with `//` comments. */
export function parseDefinition(text: string): KafkaDefinition {
  const json = text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_match, quoted: string | undefined) => quoted ?? '')
  return JSON.parse(json) as KafkaDefinition
}

/** Versions in which a message of ours can be compared with a definition; empty if they have none in common. */
export function commonVersions(message: Message, definition: KafkaDefinition): VersionRange {
  return intersect(message.versions, parseVersionRange(definition.validVersions))
}

/** All differences in the versions that both have. */
export function compareDefinition(message: Message, definition: KafkaDefinition): Difference[] {
  const within = commonVersions(message, definition)
  const differences: Difference[] = []
  const report = (path: string, property: string, ours: string, theirs: string) => {
    if (ours !== theirs) differences.push({ message: message.name, path, property, ours, theirs })
  }
  const flexible = parseVersionRange(definition.flexibleVersions ?? 'none')
  const show = (range: VersionRange) => formatVersionRange(intersect(range, within))
  report('', 'flexible', show(message.flexible), show(flexible))
  compareFields('', ourFields(message.schema, within), theirFields(definition.fields, definition, within), report)
  return differences
}

function compareFields(
  parent: string,
  ours: ReadonlyMap<string, Field>,
  theirs: ReadonlyMap<string, Field>,
  report: (path: string, property: string, ours: string, theirs: string) => void,
): void {
  const both = (names: Iterable<string>) => [...names].filter((name) => ours.has(name) && theirs.has(name))
  report(parent, 'order', both(ours.keys()).join(' '), both(theirs.keys()).join(' '))
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const path = parent === '' ? name : `${parent}.${name}`
    const our = ours.get(name)
    const their = theirs.get(name)
    if (our === undefined || their === undefined) {
      report(path, 'presence', our ? 'present' : 'absent', their ? 'present' : 'absent')
      continue
    }
    report(path, 'type', our.type, their.type)
    report(path, 'versions', formatVersionRange(our.versions), formatVersionRange(their.versions))
    for (const [property, value] of Object.entries(our.properties)) {
      report(path, property, value, their.properties[property] ?? '')
    }
    compareFields(path, our.fields, their.fields, report)
  }
}

function ourFields(struct: StructSpec, within: VersionRange): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const [name, spec] of Object.entries(struct.fields)) {
    const versions = intersect(spec.versions, within)
    if (isEmpty(versions)) continue
    const inner = spec.kind === 'array' ? spec.element : spec
    fields.set(name, {
      type: ourType(spec),
      versions,
      properties: {
        nullable: formatVersionRange(intersect(spec.nullable, versions)),
        tag: `${spec.tag}`,
        taggedVersions: formatVersionRange(intersect(spec.taggedVersions, versions)),
        default: `${spec.default}`,
        ignorable: `${spec.ignorable}`,
        mapKey: `${spec.mapKey}`,
        flexible: spec.alwaysClassic ? 'none' : 'default',
      },
      fields: inner.kind === 'struct' ? ourFields(inner, versions) : new Map(),
    })
  }
  return fields
}

function ourType(spec: FieldSpec): string {
  if (spec.kind === 'array') return `[]${ourType(spec.element)}`
  return spec.kind === 'wideInt64' ? 'int64' : spec.kind
}

function theirFields(
  list: readonly KafkaField[],
  definition: KafkaDefinition,
  within: VersionRange,
): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const field of list) {
    // What is only tagged need not say its versions a second time.
    const versions = intersect(parseVersionRange(field.versions ?? field.taggedVersions ?? 'none'), within)
    if (isEmpty(versions)) continue
    const typeName = field.type.replace(/^\[\]/, '')
    const isStruct = /^[A-Z]/.test(typeName)
    const members = field.fields ?? definition.commonStructs?.find(({ name }) => name === typeName)?.fields ?? []
    fields.set(field.name.charAt(0).toLowerCase() + field.name.slice(1), {
      type: isStruct ? field.type.replace(typeName, 'struct') : field.type,
      versions,
      properties: {
        nullable: formatVersionRange(intersect(parseVersionRange(field.nullableVersions ?? 'none'), versions)),
        tag: `${field.tag}`,
        taggedVersions: formatVersionRange(intersect(parseVersionRange(field.taggedVersions ?? 'none'), versions)),
        default: theirDefault(field),
        ignorable: `${field.ignorable ?? false}`,
        mapKey: `${field.mapKey ?? false}`,
        flexible: field.flexibleVersions ?? 'default',
      },
      fields: isStruct ? theirFields(members, definition, versions) : new Map(),
    })
  }
  return fields
}

/** Kafka writes numbers as strings, some in hexadecimal, and `null` as a string. */
function theirDefault({ type, default: value }: KafkaField): string {
  if (type === 'string') return `${value ?? ''}`
  if (type === 'bool') return `${value ?? false}`
  if (type === 'uuid') return 'AAAAAAAAAAAAAAAAAAAAAA'
  if (type === 'records') return 'null'
  if (/^(u?int|float)/.test(type)) return `${Number(value ?? 0)}`
  return `${value ?? ''}`
}

function intersect(a: VersionRange, b: VersionRange): VersionRange {
  const min = Math.max(a.min, b.min)
  const max = Math.min(a.max, b.max)
  return min > max ? NO_VERSIONS : { min, max }
}

function isEmpty({ min, max }: VersionRange): boolean {
  return max < min
}
