/** Names of topics as Kafka's tools ask for them: a regular expression, or several with commas between (`TopicFilter.IncludeList`). */
import { ToolError } from './tool.js'

/** Errors: ToolError for what is no regular expression. */
export function topicFilter(text: string): (topic: string) => boolean {
  const pattern = text
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  try {
    const regex = new RegExp(`^(?:${pattern})$`)
    return (topic) => regex.test(topic)
  } catch {
    throw new ToolError(`${pattern} is an invalid regex.`)
  }
}

const INTERNAL_TOPICS = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])

export function isInternalTopic(topic: string): boolean {
  return INTERNAL_TOPICS.has(topic)
}
