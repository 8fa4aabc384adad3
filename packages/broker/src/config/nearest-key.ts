/** Finds the key that somebody probably meant. */
import { topicSynonyms } from './topic-synonyms.js'

/** Keys of old releases, and what took their place. */
const replaced: ReadonlyMap<string, string> = new Map([
  ['port', 'listeners'],
  ['host.name', 'listeners'],
  ['advertised.host.name', 'advertised.listeners'],
  ['advertised.port', 'advertised.listeners'],
])

const brokerKeyOf: ReadonlyMap<string, string> = new Map(Object.entries(topicSynonyms))

/** The known key nearest to an unknown one: the broker's name of a topic config, else the one with the fewest edits. */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const direct = replaced.get(unknown) ?? brokerKeyOf.get(unknown) ?? brokerKeyOf.get(unknown.replace(/^log\./, ''))
  if (direct !== undefined) return direct
  let nearest: string | undefined
  let fewest = Math.max(3, Math.floor(unknown.length / 3)) + 1
  for (const key of known) {
    const edits = editDistance(unknown, key)
    if (edits < fewest) [nearest, fewest] = [key, edits]
  }
  return nearest
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const substitution = (previous[column - 1] as number) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[column] as number) + 1, (current[column - 1] as number) + 1))
    }
    previous = current
  }
  return previous[to.length] as number
}
