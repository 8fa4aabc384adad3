import { parseConnectString } from '@millrace/zookeeper'
import type { ConfigValue } from './config-key.js'

/** Refuses a value that asks for something this broker does not do, with a sentence that says so. */
export function notServed(asksForIt: (value: ConfigValue) => boolean, sentence: string) {
  return (value: ConfigValue): string | undefined => (asksForIt(value) ? sentence : undefined)
}

/** Refuses any value at all. */
export function notSet(sentence: string) {
  return notServed((value) => value !== null && value !== '', sentence)
}

const kafkaVersion = /^(?:0\.(?:8|9|10|11)\.\d+|[1-4]\.\d+)(?:\.\d+)?(?:-IV\d+)?$/

/** Refuses what no release of Kafka ever called itself, such as 3.9-IV0 or 2.8.1 (Kafka: MetadataVersion). */
export function notAKafkaVersion(value: ConfigValue): string | undefined {
  return kafkaVersion.test(String(value)) ? undefined : 'must be a version of Kafka, such as 3.9 or 3.9-IV0'
}

/** Refuses what is neither empty, nor *, nor replicas as partition:broker (Kafka: ThrottledReplicaListValidator). */
export function notThrottledReplicas(value: ConfigValue): string | undefined {
  const items = value as readonly string[]
  const isRight = items.join('') === '*' || items.every((item) => /^(?:\d+:\d+)?$/.test(item))
  return isRight ? undefined : 'must be * or a list of partition:broker'
}

/** Refuses what is no list of hosts with an optional chroot. Empty is as unset. */
export function connectStringMistake(value: ConfigValue): string | undefined {
  if (value === null || value === '') return undefined
  try {
    parseConnectString(String(value))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
