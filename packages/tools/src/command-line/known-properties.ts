import { nearestKey } from '@millrace/protocol'
import { keyValues, readProperties, unknownProperty } from './client-settings.js'

/**
 * `--property key=value` and the file that stands behind it: what a reader or formatter of messages goes by. Unknown keys are told,
 * with the nearest known one, and ignored. Errors: ToolError for a file that cannot be read.
 */
export function knownProperties(
  {
    file,
    pairs,
    known,
    families = [],
  }: {
    readonly file: string | undefined
    readonly pairs: readonly string[]
    readonly known: readonly string[]
    /** Beginnings of keys that are known whatever follows. */
    readonly families?: readonly string[]
  },
  complain: (line: string) => void,
): ReadonlyMap<string, string> {
  const properties = new Map([...(file === undefined ? [] : readProperties(file)), ...keyValues(pairs)])
  for (const key of properties.keys()) {
    if (known.includes(key) || families.some((family) => key.startsWith(family))) continue
    complain(unknownProperty(key, nearestKey(key, known)))
    properties.delete(key)
  }
  return properties
}
