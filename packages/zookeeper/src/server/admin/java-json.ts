/** JSON in the layout of Java's Jackson, with 64-bit numbers in full. */

/** Maps and objects become objects; keys that are numbers become text. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | ReadonlyMap<string | number | bigint, JsonValue>
  | { readonly [name: string]: JsonValue }

/** One value over as many lines as it has fields, without a line end behind it. */
export function javaJson(value: JsonValue, indent = ''): string {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((item) => javaJson(item, indent)).join(', ')} ]`
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  if (entries.length === 0) return '{ }'
  const inner = `${indent}  `
  const fields = entries.map(([name, field]) => `${inner}${JSON.stringify(String(name))} : ${javaJson(field, inner)}`)
  return `{\n${fields.join(',\n')}\n${indent}}`
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value)
}
