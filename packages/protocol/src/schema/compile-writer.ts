/**
 * Compiles the writer of one version of a message: JavaScript source, made from the schema alone, in which every struct
 * is one function that writes its fields in a straight line.
 *
 * The source is trusted, since names and defaults come from our own schemas (CompileContext checks the names); values never
 * get into it. Where a version lacks a field, the writer makes sure that nothing is lost: a value other than the default
 * is refused unless the field is ignorable.
 *
 * A writer in steps writes the same, and pauses between elements of the arrays that stand directly in the message: it is a
 * generator, and so is the function of each such array.
 */
import assert from 'node:assert/strict'
import { CompileContext, GeneratedSource, variant } from './compile-context.js'
import type { ArraySpec, FieldSpec, StructSpec } from './fields.js'
import type { Writer } from './writer.js'

export type WriteFunction = (writer: Writer, value: unknown) => void

/** Compiles the writer of `struct` in `version`. */
export function compileWriter(struct: StructSpec, version: number, flexible: boolean): WriteFunction {
  const compiler = new WriterCompiler(new CompileContext(version, flexible))
  const root = compiler.struct('message', struct)
  const source = `'use strict'\n${compiler.source}\nreturn ${root}`
  return new Function(source)() as WriteFunction
}

/** Writes a message in steps: other things may be done between them. */
export type StepwiseWriteFunction = (writer: Writer, value: unknown) => Generator<undefined, void>

/** Compiles the writer in steps of `struct` in `version`. */
export function compileStepwiseWriter(struct: StructSpec, version: number, flexible: boolean): StepwiseWriteFunction {
  const compiler = new WriterCompiler(new CompileContext(version, flexible))
  const root = compiler.stepwiseStruct('message', struct)
  const source = `'use strict'\n${compiler.source}\nreturn ${root}`
  return new Function(source)() as StepwiseWriteFunction
}

/** Elements of a step: some hundred bytes each, so that one takes less than a millisecond. */
const ELEMENTS_OF_STEP = 16

class WriterCompiler {
  readonly source = new GeneratedSource()
  readonly #context: CompileContext

  constructor(context: CompileContext) {
    this.#context = context
  }

  /** Adds a function that writes the struct and returns its name. */
  struct(hint: string, struct: StructSpec): string {
    const write = (name: string, field: FieldSpec) => this.#write(name, field, `$${name}`)
    return this.source.add(hint, 'w, v', this.#structLines(hint, struct, write))
  }

  /** The same as a generator, which pauses within arrays. */
  stepwiseStruct(hint: string, struct: StructSpec): string {
    const write = (name: string, field: FieldSpec) =>
      field.kind === 'array'
        ? `yield* ${this.#array(name, field, 'stepwise')}(w, $${name})`
        : this.#write(name, field, `$${name}`)
    return this.source.add(hint, 'w, v', this.#structLines(hint, struct, write), 'function*')
  }

  #structLines(hint: string, struct: StructSpec, write: (name: string, field: FieldSpec) => string): string[] {
    const lines = [`  w.structValue(v, '${hint}')`]
    for (const [name, field] of this.#context.absentFields(struct)) {
      if (!field.ignorable) lines.push(...this.#refuseValue(name, field))
    }
    for (const [name, field] of this.#context.plainFields(struct)) {
      lines.push(`  const $${name} = ${this.#valueOf(name, field)}`)
      lines.push(`  ${write(name, field)}`)
    }
    lines.push(...this.#taggedSection(struct))
    return lines
  }

  #refuseValue(name: string, field: FieldSpec): string[] {
    const isDefault = this.#isDefault(name, field, `v.${name}`)
    return [`  if (v.${name} !== undefined && !(${isDefault})) w.fail('field-not-in-version', '${name}')`]
  }

  #taggedSection(struct: StructSpec): string[] {
    if (!this.#context.flexible) {
      return [
        "  if (v.unknownTaggedFields !== undefined && v.unknownTaggedFields.length > 0) w.fail('bad-tag', 'unknownTaggedFields')",
      ]
    }
    const fields = this.#context.taggedFields(struct)
    const tags = fields.map(([, , tag]) => tag)
    const lines = [`  const unknown = w.unknownTags(v.unknownTaggedFields, [${tags.join(', ')}])`]
    lines.push('  let count = unknown.length, next = 0')
    for (const [name, field] of fields) {
      assert(field.kind !== 'records', 'a tagged field is written before its size is known, so it cannot be records')
      lines.push(`  const $${name} = ${this.#valueOf(name, field)}`)
      lines.push(`  const has_${name} = !(${this.#isDefault(name, field, `$${name}`)})`)
      lines.push(`  if (has_${name}) count++`)
    }
    lines.push('  w.uvarint(count)')
    for (const [name, field, tag] of fields) {
      lines.push(`  if (has_${name}) {`)
      lines.push(`    next = w.writeUnknownTags(unknown, next, ${tag})`)
      lines.push(`    const start = w.beginTag(${tag})`)
      lines.push(`    ${this.#write(name, field, `$${name}`)}`)
      lines.push('    w.endTag(start)')
      lines.push('  }')
    }
    lines.push('  w.writeUnknownTags(unknown, next, Infinity)')
    return lines
  }

  /** An expression for the value of the field in `v`, or its default where it may be left out. */
  #valueOf(name: string, field: FieldSpec): string {
    if (!field.optional) return `v.${name}`
    return `v.${name} === undefined ? ${defaultInput(field)} : v.${name}`
  }

  /** A statement that writes `value` to `w`. */
  #write(name: string, field: FieldSpec, value: string): string {
    switch (field.kind) {
      case 'string':
      case 'bytes':
      case 'records':
        return `w.${variant(this.#context, field, field.kind)}(${value}, '${name}')`
      case 'array':
        return `${this.#array(name, field)}(w, ${value})`
      case 'struct': {
        const call = `${this.struct(name, field)}(w, ${value})`
        if (!this.#context.isNullable(field)) return call
        return `if (${value} === null) w.structPresent(false); else { w.structPresent(true); ${call} }`
      }
      default:
        return `w.${field.kind}(${value}, '${name}')`
    }
  }

  #array(name: string, field: ArraySpec, pace: 'at once' | 'stepwise' = 'at once'): string {
    const lines = [
      `  w.${variant(this.#context, field, 'array')}Length(values, '${name}')`,
      ...(this.#context.isNullable(field) ? ['  if (values === null) return'] : []),
      '  for (let i = 0; i < values.length; i++) {',
      ...(pace === 'stepwise' ? [`    if (i % ${ELEMENTS_OF_STEP} === ${ELEMENTS_OF_STEP - 1}) yield`] : []),
      '    const value = values[i]',
      `    ${this.#write(name, field.element, 'value')}`,
      '  }',
    ]
    return this.source.add(`${name}Array`, 'w, values', lines, pace === 'stepwise' ? 'function*' : 'function')
  }

  /** An expression that tells whether `value`, which is not undefined, is the default of the field. */
  #isDefault(name: string, field: FieldSpec, value: string): string {
    if (field.default === null) return `${value} === null`
    switch (field.kind) {
      case 'bytes':
      case 'records':
      case 'array':
        return `${value} !== null && ${value}.length === 0`
      case 'struct':
        return `${value} !== null && ${this.#isDefaultStruct(name, field)}(${value})`
      default:
        return `${value} === ${JSON.stringify(field.default)}`
    }
  }

  #isDefaultStruct(name: string, struct: StructSpec): string {
    const members = Object.entries(struct.fields).map(
      ([key, field]) => `(v.${key} === undefined || (${this.#isDefault(key, field, `v.${key}`)}))`,
    )
    members.push('(v.unknownTaggedFields === undefined || v.unknownTaggedFields.length === 0)')
    return this.source.add(`${name}IsDefault`, 'v', [`  return ${members.join(' && ')}`])
  }
}

/** An expression for the default of a field, as a value to write. */
function defaultInput(field: FieldSpec): string {
  if (field.default === null) return 'null'
  switch (field.kind) {
    case 'bytes':
      return 'Buffer.alloc(0)'
    case 'records':
    case 'array':
      return '[]'
    case 'struct':
      return `{ ${Object.entries(field.fields)
        .map(([name, member]) => `${name}: ${defaultInput(member)}`)
        .join(', ')} }`
    default:
      return JSON.stringify(field.default)
  }
}
