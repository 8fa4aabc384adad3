/**
 * Entity names that may hold any character, as one path part (`org.apache.kafka.common.utils.Sanitizer`): percent
 * encoding of UTF-8, leaving letters, digits, `.`, `-`, `_`.
 */
export function sanitizeEntityName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Throws URIError if `name` is not a sanitised name. */
export function desanitizeEntityName(name: string): string {
  return decodeURIComponent(name)
}
