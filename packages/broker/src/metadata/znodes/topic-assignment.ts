/** `/brokers/topics/<topic>`: which brokers hold each partition (`kafka.zk.TopicZNode`, version 3). */
import { encodeObject, inScalaMapOrder, JsonObject, objectText, ZnodeFormatError } from './json.js'
import { topicPath } from './paths.js'

/** Replicas of one partition. The first is the preferred leader. */
export interface ReplicaAssignment {
  /** During a reassignment: the target's replicas, then the ones to be removed. */
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

export interface TopicAssignment {
  /** Kafka's base64url form; undefined if the topic was created before topic ids. */
  readonly topicId: string | undefined
  readonly partitions: ReadonlyMap<number, ReplicaAssignment>
}

/** An assignment outside a reassignment. */
export function stableAssignment(replicas: readonly number[]): ReplicaAssignment {
  return { replicas, addingReplicas: [], removingReplicas: [] }
}

export function encodeTopicAssignment({ topicId, partitions }: TopicAssignment): Buffer {
  const lists = (pick: (assignment: ReplicaAssignment) => readonly number[], withEmpty: boolean): string => {
    const entries = Array.from(partitions, ([partition, assignment]) => [String(partition), pick(assignment)] as const)
    const present = entries.filter(([, brokerIds]) => withEmpty || brokerIds.length > 0)
    return objectText(inScalaMapOrder(present).map(([key, brokerIds]) => [key, JSON.stringify(brokerIds)] as const))
  }
  return encodeObject([
    ['partitions', lists(({ replicas }) => replicas, true)],
    ...(topicId === undefined ? [] : [['topic_id', JSON.stringify(topicId)] as const]),
    ['adding_replicas', lists(({ addingReplicas }) => addingReplicas, false)],
    ['removing_replicas', lists(({ removingReplicas }) => removingReplicas, false)],
    ['version', '3'],
  ])
}

/** Reads versions 1 to 3. */
export function decodeTopicAssignment(topic: string, data: Buffer | null): TopicAssignment {
  const path = topicPath(topic)
  const json = JsonObject.parse(path, data)
  const replicas = json.optionalObject('partitions')
  const adding = json.optionalObject('adding_replicas')
  const removing = json.optionalObject('removing_replicas')
  const partitions = new Map<number, ReplicaAssignment>()
  for (const key of replicas?.keys() ?? []) {
    if (!/^\d+$/.test(key)) throw new ZnodeFormatError(path, `${key} is not a partition`)
    partitions.set(Number(key), {
      replicas: replicas?.ints(key) ?? [],
      addingReplicas: adding?.keys().includes(key) ? adding.ints(key) : [],
      removingReplicas: removing?.keys().includes(key) ? removing.ints(key) : [],
    })
  }
  return { topicId: json.optionalString('topic_id'), partitions }
}
