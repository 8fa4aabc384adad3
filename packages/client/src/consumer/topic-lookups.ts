/** Topics of the cluster and their partitions, whether the consumer reads them or not. Java's `TopicMetadataFetcher`. */
import { apis, type MetadataResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { EMPTY_SNAPSHOT, nextSnapshot } from '../cluster/metadata-snapshot.js'
import { errorOf } from '../errors.js'
import { type PartitionInfo, partitionInfos } from '../partition-info.js'
import type { Deadline } from '../waiting.js'

export class TopicLookups {
  readonly #cluster: Cluster
  readonly #allowAutoTopicCreation: boolean

  constructor(cluster: Cluster, allowAutoTopicCreation: boolean) {
    this.#cluster = cluster
    this.#allowAutoTopicCreation = allowAutoTopicCreation
  }

  /** As the cluster told last, else as it tells now. Empty: there is no such topic. */
  async partitionsOf(topic: string, deadline: Deadline): Promise<PartitionInfo[]> {
    const known = this.#cluster.snapshot.topics.get(topic)?.partitions ?? []
    if (known.length > 0) return partitionInfos(topic, known)
    return (await this.#ask([topic], deadline)).get(topic) ?? []
  }

  /** All that may be seen, those that are Kafka's own too. */
  async all(deadline: Deadline): Promise<Map<string, PartitionInfo[]>> {
    return await this.#ask(null, deadline)
  }

  async #ask(names: readonly string[] | null, deadline: Deadline): Promise<Map<string, PartitionInfo[]>> {
    const body = {
      topics: names === null ? null : names.map((name) => ({ name })),
      allowAutoTopicCreation: this.#allowAutoTopicCreation,
    }
    const response = await this.#cluster.askRepeatedly('any', apis.Metadata, body, deadline, errorIn, {
      versions: { min: 4 },
    })
    const { topics } = nextSnapshot(EMPTY_SNAPSHOT, response, true)
    const found = new Map<string, PartitionInfo[]>()
    for (const { name, partitions } of topics.values()) {
      if (partitions.length > 0) found.set(name, partitionInfos(name, partitions))
    }
    return found
  }
}

function errorIn(response: MetadataResponse) {
  const ofAll = errorOf(response.errorCode)
  if (ofAll !== undefined) return ofAll
  for (const { errorCode, name } of response.topics) {
    const error = errorOf(errorCode, `topic ${name}`)
    if (error !== undefined && error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return error
  }
  return undefined
}
