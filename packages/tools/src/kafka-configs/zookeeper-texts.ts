/** What kafka-configs printed when it was given `--zookeeper` (Kafka 2.5). */
import type { ConfigEntry } from '@millrace/client'
import type { Entities, EntityType } from './entities.js'

const titles: Readonly<Partial<Record<EntityType, string>>> = {
  users: 'user-principal',
  clients: 'client-id',
  topics: 'topic',
}

/** `topic 'orders'`, `default user-principal`, `brokers '0'` */
export function formerEntityName({ types, names }: Entities): string {
  const parts = types.map((type, at) => {
    const name = names[at]
    if (name === undefined) return type
    return name === '' ? `default ${titles[type] ?? type}` : `${titles[type] ?? type} '${name}'`
  })
  return parts.join(', ')
}

export function formerConfigsLine(entities: Entities, entries: readonly ConfigEntry[]): string {
  const list = entries.map(({ name, value }) => `${name}=${value}`).join(',')
  return `Configs for ${formerEntityName(entities)} are ${list}`
}
