/** Finds the key of a broker that somebody probably meant. */
import { nearestKey } from '@millrace/protocol'
import { topicSynonyms } from './topic-synonyms.js'

/** Keys of old releases, and what took their place. */
const replaced: ReadonlyMap<string, string> = new Map([
  ['port', 'listeners'],
  ['host.name', 'listeners'],
  ['advertised.host.name', 'advertised.listeners'],
  ['advertised.port', 'advertised.listeners'],
])

const brokerKeyOf: ReadonlyMap<string, string> = new Map(Object.entries(topicSynonyms))

/** The known key nearest to an unknown one: the broker's name of a topic config, else the one most like it. */
export function nearestBrokerKey(unknown: string, known: readonly string[]): string | undefined {
  const direct = replaced.get(unknown) ?? brokerKeyOf.get(unknown) ?? brokerKeyOf.get(unknown.replace(/^log\./, ''))
  if (direct !== undefined) return direct
  return nearestKey(unknown, known)
}
