import {
  apis,
  batchAttributes,
  batchEndPosition,
  batchLastOffset,
  batchProducerId,
  isControl,
  type KafkaRecord,
  readRecords,
} from '@millrace/protocol'
import { Cluster } from '../cluster/cluster.js'
import { clusterOptions } from '../config/cluster-options.js'
import { commonConfigs } from '../config/common-configs.js'
import { parseConfig } from '../config/parse-config.js'

/** A connection to the cluster, for raw requests. The caller closes it. */
export function testCluster(bootstrap: string): Cluster {
  const values = parseConfig(commonConfigs, { 'bootstrap.servers': bootstrap })
  return new Cluster(clusterOptions(values, {}, true))
}

/** Makes a topic, and waits until its partitions have leaders. */
export async function createTopic(
  bootstrap: string,
  name: string,
  numPartitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const cluster = testCluster(bootstrap)
  try {
    await cluster.metadata.update()
    const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const { topics } = await cluster.ask('controller', apis.CreateTopics, {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: entries }],
      timeoutMs: 10_000,
    })
    if (topics[0]?.errorCode !== 0) throw new Error(`creating ${name}: ${topics[0]?.errorMessage}`)
    for (;;) {
      const topic = await cluster.metadata.topic(name)
      if (topic !== undefined && topic.partitions.length === numPartitions) {
        if (topic.partitions.every(({ leader }) => leader >= 0)) return
      }
    }
  } finally {
    cluster.close()
  }
}

/** All records of a partition, without markers; with `isCommitted` without those of aborted transactions. */
export async function readPartition(
  bootstrap: string,
  topic: string,
  partition: number,
  isCommitted = false,
): Promise<KafkaRecord[]> {
  const cluster = testCluster(bootstrap)
  try {
    const info = await cluster.metadata.topic(topic)
    const leader = info?.partitions[partition]?.leader ?? -1
    const records: KafkaRecord[] = []
    for (let fetchOffset = 0; ; ) {
      const body = {
        replicaId: -1,
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 50_000_000,
        isolationLevel: isCommitted ? 1 : 0,
        topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 50_000_000 }] }],
      }
      const response = await cluster.ask(leader, apis.Fetch, body, { versions: { min: 4, max: 11 } })
      const answer = response.responses[0]?.partitions[0]
      if (answer === undefined || answer.errorCode !== 0) throw new Error(`fetch: error ${answer?.errorCode}`)
      const bytes = answer.records ?? Buffer.alloc(0)
      const aborted = new AbortedBatches(answer.abortedTransactions ?? [])
      let nextOffset = fetchOffset
      for (let at = 0; at < bytes.length; ) {
        const end = batchEndPosition(bytes, at, bytes.length)
        if (end < 0) break
        const batch = bytes.subarray(at, end)
        nextOffset = batchLastOffset(batch, 0) + 1
        const isAborted = aborted.has(batch)
        if (!isControl(batchAttributes(batch, 0)) && !isAborted) records.push(...readRecords(batch))
        at = end
      }
      if (nextOffset === fetchOffset) return records
      fetchOffset = nextOffset
    }
  } finally {
    cluster.close()
  }
}

/** Which batches of an answer belong to aborted transactions: from their first offset to the marker. */
class AbortedBatches {
  readonly #open = new Set<number>()
  readonly #coming: { readonly producerId: number; readonly firstOffset: number }[]

  constructor(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    this.#coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** In the order of the log. */
  has(batch: Buffer): boolean {
    while (this.#coming[0] !== undefined && this.#coming[0].firstOffset <= batchLastOffset(batch, 0)) {
      this.#open.add(this.#coming.shift()?.producerId ?? -1)
    }
    const producerId = batchProducerId(batch, 0)
    if (isControl(batchAttributes(batch, 0))) this.#open.delete(producerId)
    return this.#open.has(producerId)
  }
}

/** Values as text. */
export async function readValues(
  bootstrap: string,
  topic: string,
  partition = 0,
  isCommitted = false,
): Promise<(string | null)[]> {
  const records = await readPartition(bootstrap, topic, partition, isCommitted)
  return records.map(({ value }) => value?.toString() ?? null)
}
