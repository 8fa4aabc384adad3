import assert from 'node:assert/strict'
import type { AnyStruct, FieldSpec, StructSpec } from './fields.js'
import { includesVersion } from './version-range.js'

/** The version of a message that code is generated for, and what it makes of each field. */
export class CompileContext {
  readonly version: number
  readonly flexible: boolean

  constructor(version: number, flexible: boolean) {
    this.version = version
    this.flexible = flexible
  }

  isPresent(field: FieldSpec): boolean {
    return includesVersion(field.versions, this.version)
  }

  isTagged(field: FieldSpec): boolean {
    return this.flexible && includesVersion(field.taggedVersions, this.version)
  }

  isNullable(field: FieldSpec): boolean {
    return includesVersion(field.nullable, this.version)
  }

  isCompact(field: FieldSpec): boolean {
    return this.flexible && !field.alwaysClassic
  }

  /** Fields in the body of the struct, in the order of the wire. */
  plainFields(struct: StructSpec): [string, FieldSpec][] {
    return fieldsOf(struct).filter(([, field]) => this.isPresent(field) && !this.isTagged(field))
  }

  /** Fields in the tagged section, by ascending tag. */
  taggedFields(struct: StructSpec): [string, FieldSpec, tag: number][] {
    return fieldsOf(struct)
      .filter(([, field]) => this.isPresent(field) && this.isTagged(field))
      .map(([name, field]): [string, FieldSpec, number] => [name, field, field.tag as number])
      .sort(([, , a], [, , b]) => a - b)
  }

  absentFields(struct: StructSpec): [string, FieldSpec][] {
    return fieldsOf(struct).filter(([, field]) => !this.isPresent(field))
  }

  /** Bytes that a field takes at least. */
  minBytes(field: FieldSpec): number {
    switch (field.kind) {
      case 'bool':
      case 'int8':
        return 1
      case 'int16':
      case 'uint16':
        return 2
      case 'int32':
      case 'uint32':
        return 4
      case 'int64':
      case 'wideInt64':
      case 'float64':
        return 8
      case 'uuid':
        return 16
      case 'string':
        return this.isCompact(field) ? 1 : 2
      case 'bytes':
      case 'records':
      case 'array':
        return this.isCompact(field) ? 1 : 4
      case 'struct':
        return this.isNullable(field) ? 1 : this.minStructBytes(field)
      default:
        return field satisfies never
    }
  }

  minStructBytes(struct: StructSpec | AnyStruct): number {
    let total = this.flexible ? 1 : 0
    for (const [, field] of this.plainFields(struct)) total += this.minBytes(field)
    return total
  }
}

/** Checks the names, which become part of the generated source. */
function fieldsOf(struct: StructSpec): [string, FieldSpec][] {
  const fields = Object.entries(struct.fields)
  for (const [name] of fields) {
    assert(/^[a-z][A-Za-z0-9]*$/.test(name) && name !== 'unknownTaggedFields', `not a name for a field: ${name}`)
  }
  return fields
}

/** Lines of generated functions, and the names given to them. */
export class GeneratedSource {
  readonly #functions: string[] = []
  #count = 0

  /** Adds a function of these parameters and lines, and returns the name under which it can be called. */
  add(
    hint: string,
    parameters: string,
    lines: readonly string[],
    keyword: 'function' | 'function*' = 'function',
  ): string {
    const name = `${hint}${this.#count++}`
    this.#functions.push(`${keyword} ${name}(${parameters}) {\n${lines.join('\n')}\n}`)
    return name
  }

  toString(): string {
    return this.#functions.join('\n')
  }
}

/** Method names of Reader and Writer: `compactNullableString` and the like. */
export function variant(context: CompileContext, field: FieldSpec, name: string): string {
  const nullable = context.isNullable(field) ? `nullable ${name}` : name
  const words = (context.isCompact(field) ? `compact ${nullable}` : nullable).split(' ')
  return words.map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('')
}
