/** What Kafka's tools ask of options that go together (`CommandLineUtils`), in its words. Errors: UsageError. */
import { UsageError } from './parse-options.js'

export function requireOptions<Name extends string>(given: ReadonlySet<Name>, ...names: readonly Name[]): void {
  for (const name of names) {
    if (!given.has(name)) throw new UsageError(`Missing required argument "[${name}]"`)
  }
}

/** None of `others` beside `name`. */
export function excludeOptions<Name extends string>(
  given: ReadonlySet<Name>,
  name: Name,
  others: readonly Name[],
): void {
  for (const other of others) {
    if (given.has(name) && given.has(other)) {
      throw new UsageError(`Option "[${name}]" can't be used with option "[${other}]"`)
    }
  }
}

/** The one of `names` that stands there. */
export function oneAction<Name extends string>(
  given: ReadonlySet<string>,
  names: readonly Name[],
  otherwise: string,
): Name {
  const [action, ...more] = names.filter((name) => given.has(name))
  if (action === undefined || more.length > 0) throw new UsageError(otherwise)
  return action
}
