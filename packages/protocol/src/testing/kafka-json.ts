/** The JSON form that Kafka's own `…JsonConverter` classes read and write, so that values can be compared with Java's. */
import type { FieldSpec, StructSpec } from '../schema/fields.js'
import { includesVersion } from '../schema/version-range.js'

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** A struct in one version: only the fields that the version has; bytes in base64. Unknown tagged fields are left out. */
export function toKafkaJson(struct: StructSpec, version: number, value: unknown): Json {
  const object = value as Record<string, unknown>
  const json: { [name: string]: Json } = {}
  for (const [name, field] of Object.entries(struct.fields)) {
    if (includesVersion(field.versions, version)) json[name] = fieldToJson(field, version, object[name])
  }
  return json
}

function fieldToJson(field: FieldSpec, version: number, value: unknown): Json {
  if (value === null) return null
  switch (field.kind) {
    case 'array':
      return (value as unknown[]).map((element) => fieldToJson(field.element, version, element))
    case 'struct':
      return toKafkaJson(field, version, value)
    case 'bytes':
    case 'records':
      return (value as Buffer).toString('base64')
    default:
      return value as Json
  }
}
