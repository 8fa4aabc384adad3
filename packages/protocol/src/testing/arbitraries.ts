/**
 * Random values of any message, derived from its schema: what decoding gives in a version, so that a value survives the
 * way through the bytes unchanged.
 */
import fc from 'fast-check'
import { CompileContext } from '../schema/compile-context.js'
import type { FieldSpec, StructSpec } from '../schema/fields.js'
import type { Message } from '../schema/message.js'
import { includesVersion } from '../schema/version-range.js'
import { ZERO_UUID } from '../uuid.js'

const MAX_ELEMENTS = 3
const MAX_UINT32 = 0xffffffff

/** Values of `message` that its `version` can carry. */
export function arbitraryMessage(message: Message, version: number): fc.Arbitrary<Record<string, unknown>> {
  return arbitraryStruct(message.schema, new CompileContext(version, includesVersion(message.flexible, version)))
}

function arbitraryStruct(struct: StructSpec, context: CompileContext): fc.Arbitrary<Record<string, unknown>> {
  const properties: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, field] of Object.entries(struct.fields)) {
    properties[name] = context.isPresent(field) ? arbitraryField(field, context) : fc.constant(defaultValue(field))
  }
  const known = fc.record(properties, { noNullPrototype: true })
  if (!context.flexible) return known
  const tags = context.taggedFields(struct).map(([, , tag]) => tag)
  return fc
    .tuple(known, fc.option(arbitraryUnknownTags(tags), { freq: 4 }))
    .map(([value, unknownTaggedFields]) => (unknownTaggedFields === null ? value : { ...value, unknownTaggedFields }))
}

function arbitraryUnknownTags(knownTags: readonly number[]): fc.Arbitrary<{ tag: number; data: Buffer }[]> {
  const tag = fc
    .oneof(fc.nat({ max: 5 }), fc.nat({ max: 300 }), fc.integer({ min: 0, max: MAX_UINT32 }))
    .filter((number) => !knownTags.includes(number))
  return fc
    .uniqueArray(fc.record({ tag, data: arbitraryBytes() }, { noNullPrototype: true }), {
      selector: (field) => field.tag,
      minLength: 1,
      maxLength: 3,
    })
    .map((fields) => fields.sort((a, b) => a.tag - b.tag))
}

function arbitraryField(field: FieldSpec, context: CompileContext): fc.Arbitrary<unknown> {
  const value = arbitraryValue(field, context)
  // Defaults must come up often: tagged fields are left out then.
  const mixed = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(defaultValue(field)) })
  const usable = field.default === null && !context.isNullable(field) ? value : mixed
  return context.isNullable(field) ? fc.option(usable, { freq: 4 }) : usable
}

function arbitraryValue(field: FieldSpec, context: CompileContext): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f })
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'int32':
      return fc.integer()
    case 'uint32':
      return fc.integer({ min: 0, max: MAX_UINT32 })
    case 'int64':
      return fc.maxSafeInteger()
    case 'wideInt64':
      return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 63, -(2 ** 63), 2 ** 62, -(2 ** 53)))
    case 'float64':
      return fc.double()
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 50 }), fc.constant('\ufffd'))
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
    case 'bytes':
    case 'records':
      return arbitraryBytes()
    case 'array':
      return fc.array(arbitraryElement(field.element, context), { maxLength: MAX_ELEMENTS })
    case 'struct':
      return arbitraryStruct(field, context)
    default:
      return field satisfies never
  }
}

function arbitraryElement(element: FieldSpec, context: CompileContext): fc.Arbitrary<unknown> {
  return arbitraryValue(element, context)
}

function arbitraryBytes(): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
}

/** What a version without the field decodes to. */
export function defaultValue(field: FieldSpec): unknown {
  if (field.default === null) return null
  switch (field.kind) {
    case 'bytes':
    case 'records':
      return Buffer.alloc(0)
    case 'array':
      return []
    case 'struct':
      return Object.fromEntries(Object.entries(field.fields).map(([name, member]) => [name, defaultValue(member)]))
    case 'uuid':
      return ZERO_UUID
    default:
      return field.default
  }
}
