/** What a Fetch asks for: which partitions, from where, by their topics' names or ids. */
import { type apis, type RequestInputOf, ZERO_UUID } from '@millrace/protocol'
import type { MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import type { FetchSession, SessionRequest, WantedPartition } from './core/fetch-session.js'
import type { PartitionState } from './core/partition-state.js'

/** Before them, records are named by topic; with them, by the topic's id. */
const LAST_VERSION_WITH_NAMES = 12
/** The first one in which the broker remembers partitions (KIP-227). */
const FIRST_VERSION_WITH_SESSIONS = 7
/** Share groups and replication need later ones; a consumer needs none of them. */
const VERSION_MAX = 17

/** What is the same in all requests of a consumer. */
export interface FetchSettings {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly maxPartitionFetchBytes: number
  readonly isReadCommitted: boolean
  readonly rack: string
}

export function namesTopicsById(version: number): boolean {
  return version > LAST_VERSION_WITH_NAMES
}

export function hasSessions(version: number): boolean {
  return version >= FIRST_VERSION_WITH_SESSIONS
}

/** Ids need a broker and topics that have them. */
export function fetchVersionMax(snapshot: MetadataSnapshot, states: readonly PartitionState[]): number {
  const haveIds = states.every(({ topic }) => (snapshot.topics.get(topic)?.topicId ?? ZERO_UUID) !== ZERO_UUID)
  return haveIds ? VERSION_MAX : LAST_VERSION_WITH_NAMES
}

/** What one request is to bring. */
export interface WantedFetch {
  readonly states: readonly PartitionState[]
  readonly maxBytes: number
  readonly snapshot: MetadataSnapshot
}

/** The next request of a session. */
export function fetchRequest(
  version: number,
  session: FetchSession,
  { states, maxBytes, snapshot }: WantedFetch,
  settings: FetchSettings,
): RequestInputOf<typeof apis.Fetch> {
  const { fetchMinBytes, fetchMaxWaitMs, maxPartitionFetchBytes, isReadCommitted, rack } = settings
  const wanted = new Map<string, WantedPartition>()
  for (const state of states) {
    const topic = snapshot.topics.get(state.topic)
    wanted.set(state.key, {
      topic: state.topic,
      topicId: topic?.topicId ?? ZERO_UUID,
      partition: state.partition,
      fetchOffset: state.fetchOffset,
      currentLeaderEpoch: topic?.partitions[state.partition]?.leaderEpoch ?? -1,
      logStartOffset: -1,
      partitionMaxBytes: Math.min(maxPartitionFetchBytes, maxBytes),
    })
  }
  const { sessionId, sessionEpoch, toSend, toForget } = hasSessions(version)
    ? session.next(wanted)
    : ({ sessionId: 0, sessionEpoch: -1, toSend: [...wanted.values()], toForget: [] } satisfies SessionRequest)
  return {
    maxWaitMs: fetchMaxWaitMs,
    minBytes: fetchMinBytes,
    maxBytes,
    isolationLevel: isReadCommitted ? 1 : 0,
    sessionId,
    sessionEpoch,
    topics: byTopic(toSend, (partitions, { topic, topicId }) => ({ topic, topicId, partitions: [...partitions] })),
    forgottenTopicsData: byTopic(toForget, (partitions, { topic, topicId }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => partition),
    })),
    rackId: rack,
  }
}

/** The arrays of topics that a request has. */
function byTopic<P extends { readonly topic: string; readonly topicId: string }, T>(
  partitions: readonly P[],
  make: (partitions: readonly P[], topic: P) => T,
): T[] {
  const groups = new Map<string, P[]>()
  for (const partition of partitions) {
    const key = `${partition.topicId} ${partition.topic}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [partition])
    else group.push(partition)
  }
  return [...groups.values()].map((group) => make(group, group[0] as P))
}
