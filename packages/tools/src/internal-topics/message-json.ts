/** Decoded messages as JSON, field by field as Kafka's generated `…JsonConverter` classes have it, written as Jackson does. */
import type { FieldSpec, Message, StructSpec } from '@millrace/protocol'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  [name: string]: Json
}

/** The fields that the version has, in their order; tagged ones only if they say something. Bytes are base64. */
export function messageJson(message: Message, version: number, value: object): JsonObject {
  return structJson(message.schema, version, value)
}

function structJson({ fields }: StructSpec, version: number, value: object): JsonObject {
  const result: JsonObject = {}
  for (const [name, field] of Object.entries(fields)) {
    const { min, max } = field.versions
    if (version < min || version > max) continue
    const fieldValue = (value as Readonly<Record<string, unknown>>)[name]
    if (field.tag !== undefined && isDefault(field, fieldValue)) continue
    result[name] = fieldJson(field, version, fieldValue)
  }
  return result
}

function isDefault(field: FieldSpec, value: unknown): boolean {
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0
  return value === field.default
}

function fieldJson(field: FieldSpec, version: number, value: unknown): Json {
  if (value === null) return null
  if (field.kind === 'struct') return structJson(field, version, value as object)
  if (field.kind === 'array') return (value as readonly unknown[]).map((one) => fieldJson(field.element, version, one))
  return Buffer.isBuffer(value) ? value.toString('base64') : (value as Json)
}

/** Jackson writes the digits of escapes in upper case. */
export function jsonText(value: Json): string {
  return JSON.stringify(value).replaceAll(/\\(?:u([\da-f]{4})|.)/g, (escaped, digits: string | undefined) =>
    digits === undefined ? escaped : `\\u${digits.toUpperCase()}`,
  )
}
