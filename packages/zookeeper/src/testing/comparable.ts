import type { DatabaseCapture } from '../core/database.js'

/** A capture as plain values in one order, so that two of them can be compared. */
export function comparable(capture: DatabaseCapture): unknown {
  const nodes = capture.paths.map((path, index) => [path, capture.nodes[index]] as const)
  return {
    zxid: capture.zxid,
    sessions: [...capture.sessions].sort(([a], [b]) => (a < b ? -1 : 1)),
    nodes: nodes.sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}
