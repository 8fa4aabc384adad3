/**
 * Compiles the reader of one version of a message: JavaScript source, made from the schema alone, in which every struct
 * is one function that reads its fields in a straight line and returns one object literal.
 *
 * The source is trusted, since names and defaults come from our own schemas (CompileContext checks the names); what arrives
 * over the network never gets into it. For the topics of a Metadata request in version 12:
 *
 *     function topic0(r) {
 *       const $topicId = r.uuid()
 *       const $name = r.compactNullableString()
 *       let unknown
 *       for (let n = r.tagCount(); n > 0; n--) {
 *         const tag = r.uvarint()
 *         const end = r.tagEnd()
 *         unknown = r.unknownTag(unknown, tag, end)
 *       }
 *       const value = { topicId: $topicId, name: $name }
 *       if (unknown !== undefined) value.unknownTaggedFields = unknown
 *       return value
 *     }
 */
import { ZERO_UUID } from '../uuid.js'
import { CompileContext, GeneratedSource, variant } from './compile-context.js'
import type { ArraySpec, FieldSpec, StructSpec } from './fields.js'
import type { Reader } from './reader.js'

export type ReadFunction = (reader: Reader) => unknown

const EMPTY_BYTES = Buffer.alloc(0)

/** Compiles the reader of `struct` in `version`. */
export function compileReader(struct: StructSpec, version: number, flexible: boolean): ReadFunction {
  const compiler = new ReaderCompiler(new CompileContext(version, flexible))
  const root = compiler.struct('message', struct)
  const source = `'use strict'\n${compiler.source}\nreturn ${root}`
  return new Function('ZERO_UUID', 'EMPTY_BYTES', source)(ZERO_UUID, EMPTY_BYTES) as ReadFunction
}

class ReaderCompiler {
  readonly source = new GeneratedSource()
  readonly #context: CompileContext

  constructor(context: CompileContext) {
    this.#context = context
  }

  /** Adds a function that reads the struct and returns its name. */
  struct(hint: string, struct: StructSpec): string {
    const lines: string[] = []
    for (const [name, field] of this.#context.plainFields(struct)) {
      lines.push(`  const $${name} = ${this.#read(name, field)}`)
    }
    for (const [name, field] of this.#context.absentFields(struct)) {
      lines.push(`  const $${name} = ${this.#defaultOf(name, field)}`)
    }
    if (this.#context.flexible) lines.push(...this.#taggedSection(struct))

    const literal = Object.keys(struct.fields).map((name) => `${name}: $${name}`)
    lines.push(`  const value = { ${literal.join(', ')} }`)
    if (this.#context.flexible) lines.push('  if (unknown !== undefined) value.unknownTaggedFields = unknown')
    lines.push('  return value')
    return this.source.add(hint, 'r', lines)
  }

  #taggedSection(struct: StructSpec): string[] {
    const fields = this.#context.taggedFields(struct)
    const lines = fields.map(([name, field]) => `  let $${name} = ${this.#defaultOf(name, field)}`)
    lines.push('  let unknown')
    lines.push('  for (let n = r.tagCount(); n > 0; n--) {')
    lines.push('    const tag = r.uvarint()')
    lines.push('    const end = r.tagEnd()')
    for (const [name, field, tag] of fields) {
      lines.push(`    if (tag === ${tag}) { $${name} = ${this.#read(name, field)}; r.expectEnd(end); continue }`)
    }
    lines.push('    unknown = r.unknownTag(unknown, tag, end)')
    lines.push('  }')
    return lines
  }

  /** An expression that reads the field from `r`. */
  #read(name: string, field: FieldSpec): string {
    switch (field.kind) {
      case 'string':
      case 'bytes':
        return `r.${variant(this.#context, field, field.kind)}()`
      case 'records':
        return `r.${variant(this.#context, field, 'bytes')}()`
      case 'array':
        return `${this.#array(name, field)}(r)`
      case 'struct': {
        const call = `${this.struct(name, field)}(r)`
        return this.#context.isNullable(field) ? `(r.structPresent() ? ${call} : null)` : call
      }
      default:
        return `r.${field.kind}()`
    }
  }

  #array(name: string, field: ArraySpec): string {
    const { element } = field
    const elementBytes = Math.max(1, this.#context.minBytes(element))
    return this.source.add(`${name}Array`, 'r', [
      `  const length = r.${variant(this.#context, field, 'array')}Length(${elementBytes})`,
      ...(this.#context.isNullable(field) ? ['  if (length < 0) return null'] : []),
      '  const values = []',
      `  for (let i = 0; i < length; i++) values.push(${this.#read(name, element)})`,
      '  return values',
    ])
  }

  /** An expression for the default of the field. Arrays and structs are made anew each time. */
  #defaultOf(name: string, field: FieldSpec): string {
    if (field.default === null) return 'null'
    switch (field.kind) {
      case 'bytes':
      case 'records':
        return 'EMPTY_BYTES'
      case 'array':
        return '[]'
      case 'struct': {
        const members = Object.entries(field.fields).map(([key, member]) => `${key}: ${this.#defaultOf(key, member)}`)
        return `${this.source.add(`${name}Default`, '', [`  return { ${members.join(', ')} }`])}()`
      }
      case 'uuid':
        return field.default === ZERO_UUID ? 'ZERO_UUID' : JSON.stringify(field.default)
      default:
        return JSON.stringify(field.default)
    }
  }
}
