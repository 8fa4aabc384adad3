const ENDINGS = ['-changelog', '-repartition', '-subscription-registration-topic', '-subscription-response-topic']
const FOREIGN_KEY_JOIN = /^.+-KTABLE-FK-JOIN-SUBSCRIPTION-(?:REGISTRATION|RESPONSE)-\d+-topic$/

/** Whether Kafka Streams made the topic for the application. */
export function isInternalTopic(topic: string, applicationId: string): boolean {
  if (!topic.startsWith(`${applicationId}-`)) return false
  return ENDINGS.some((ending) => topic.endsWith(ending)) || FOREIGN_KEY_JOIN.test(topic)
}
