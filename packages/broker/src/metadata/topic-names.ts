/** Which names a topic may have, and which topics are the broker's own (Kafka: org.apache.kafka.common.internals.Topic). */

export const CONSUMER_OFFSETS = '__consumer_offsets'
export const TRANSACTION_STATE = '__transaction_state'

const maxLength = 249
const legal = /^[a-zA-Z0-9._-]+$/

export function isInternalTopic(name: string): boolean {
  return name === CONSUMER_OFFSETS || name === TRANSACTION_STATE
}

/** The sentence that refuses a name, or undefined. */
export function topicNameMistake(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > maxLength) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${maxLength}`
  }
  if (legal.test(name)) return undefined
  return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
}

/** Topics whose names differ only in '.' and '_' would share their metrics' names. */
export function collidingTopics(name: string, existing: Iterable<string>): string[] {
  const unified = name.replaceAll('.', '_')
  return [...existing].filter((other) => other !== name && other.replaceAll('.', '_') === unified)
}
