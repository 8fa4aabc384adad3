import type { BrokerConnection } from '@millrace/net'
import type { PartitionQueue } from './core/producer-batch.js'

/** One broker, as far as producing is concerned. */
export interface BrokerLane {
  readonly nodeId: number
  inFlight: number
  /** Over which the last request went. */
  connection: BrokerConnection | undefined
  isConnecting: boolean
  /** The broker asks to be left alone until then (KIP-219). */
  throttledUntilMs: number
  /** Since when it has something to send that it cannot; undefined: it has not. */
  stuckSinceMs: number | undefined
  /** Partitions with something to send, collected anew in each pump. */
  readonly queues: PartitionQueue[]
  turn: number
}

export function newLane(nodeId: number): BrokerLane {
  return {
    nodeId,
    inFlight: 0,
    connection: undefined,
    isConnecting: false,
    throttledUntilMs: 0,
    stuckSinceMs: undefined,
    queues: [],
    turn: 0,
  }
}

/** Another partition comes first each time, so that none starves when a request is full. */
export function rotated(lane: BrokerLane): readonly PartitionQueue[] {
  const { queues } = lane
  if (queues.length === 1) return queues
  const start = lane.turn++ % queues.length
  return start === 0 ? queues : [...queues.slice(start), ...queues.slice(0, start)]
}
