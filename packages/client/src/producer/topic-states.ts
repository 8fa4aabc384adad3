import type { MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import { TopicState } from './core/topic-state.js'

/** The topics that a producer uses. */
export class TopicStates {
  readonly #stickyBytes: number
  readonly #byName = new Map<string, TopicState>()
  #last: TopicState | undefined

  constructor(stickyBytes: number) {
    this.#stickyBytes = stickyBytes
  }

  /** Its partitions are those of `snapshot`, if it was not used before. */
  get(name: string, snapshot: MetadataSnapshot): TopicState {
    if (this.#last?.name === name) return this.#last
    let topic = this.#byName.get(name)
    if (topic === undefined) {
      topic = new TopicState(name, this.#stickyBytes)
      topic.setPartitionCount(partitionCountIn(snapshot, name))
      this.#byName.set(name, topic)
    }
    this.#last = topic
    return topic
  }

  /** 0: it is not used, or not known. */
  partitionCount(name: string): number {
    return this.#byName.get(name)?.partitionCount ?? 0
  }

  onMetadata(snapshot: MetadataSnapshot): void {
    for (const topic of this.#byName.values()) topic.setPartitionCount(partitionCountIn(snapshot, topic.name))
  }

  /** Those that something was sent to since then, or has yet to be. */
  used(sinceMs: number): string[] {
    const used: string[] = []
    for (const { name, lastUsedMs, queues } of this.#byName.values()) {
      const isBusy = queues.some((queue) => queue.batches.length > 0 || queue.unacknowledged.length > 0)
      if (lastUsedMs >= sinceMs || isBusy) used.push(name)
    }
    return used
  }
}

function partitionCountIn(snapshot: MetadataSnapshot, topic: string): number {
  return snapshot.topics.get(topic)?.partitions.length ?? 0
}
