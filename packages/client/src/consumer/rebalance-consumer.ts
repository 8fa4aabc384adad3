/** Calls a program's rebalance listener with what it may do meanwhile (KIP-1306). */
import { KafkaError } from '../errors.js'
import type { TopicPartition } from '../topic-partition.js'
import type { ConsumerEngine } from './consumer-engine.js'
import type { RebalanceConsumer, RebalanceKind, RebalanceListener } from './rebalance-listener.js'

/** Errors: the listener's. */
export async function callListener<K, V>(
  listener: RebalanceListener | undefined,
  kind: RebalanceKind,
  partitions: TopicPartition[],
  engine: ConsumerEngine<K, V>,
): Promise<void> {
  if (listener === undefined) return
  const { consumer, end } = rebalanceConsumer(engine)
  try {
    if (kind === 'assigned') await listener.onPartitionsAssigned?.(partitions, consumer)
    else if (kind === 'revoked') await listener.onPartitionsRevoked?.(partitions, consumer)
    else if (listener.onPartitionsLost !== undefined) await listener.onPartitionsLost(partitions, consumer)
    else await listener.onPartitionsRevoked?.(partitions, consumer)
  } finally {
    end()
  }
}

/** After `end`, each of its calls is ILLEGAL_STATE. */
function rebalanceConsumer<K, V>(
  engine: ConsumerEngine<K, V>,
): { readonly consumer: RebalanceConsumer; readonly end: () => void } {
  const { subscriptions, commits } = engine
  let isOver = false
  const during = <T>(act: () => T): T => {
    if (isOver) throw new KafkaError('ILLEGAL_STATE', 'the rebalance callback has ended')
    return act()
  }
  const setPaused = (partitions: Iterable<TopicPartition>, isPaused: boolean) => {
    for (const partition of partitions) subscriptions.get(partition).isPaused = isPaused
  }
  const consumer: RebalanceConsumer = {
    assignment: () => during(() => [...subscriptions.partitions].map(({ topic, partition }) => ({ topic, partition }))),
    position: (partition) =>
      during(() => {
        const state = subscriptions.get(partition)
        return state.hasPosition ? state.position : undefined
      }),
    seek: (partition, offset) => during(() => engine.seek(partition, offset)),
    pause: (partitions) => during(() => setPaused(partitions, true)),
    resume: (partitions) => during(() => setPaused(partitions, false)),
    commitSync: async (offsets) =>
      await during(() => commits.commit(commits.toCommit(offsets), engine.deadline('commitSync()'))),
    committed: async (partitions) => await during(() => engine.committed(partitions, engine.deadline('committed()'))),
  }
  return {
    consumer,
    end: () => {
      isOver = true
    },
  }
}
