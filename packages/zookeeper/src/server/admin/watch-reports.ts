import type { AdminView } from './admin-view.js'
import { grouped } from './grouped.js'

/** Sessions by the path that they watch. */
export function watchesByPath(view: AdminView): ReadonlyMap<string, readonly bigint[]> {
  return grouped(pathsWithWatchers(view))
}

function* pathsWithWatchers(view: AdminView): Iterable<readonly [path: string, sessionId: bigint]> {
  for (const [sessionId, paths] of view.watches()) {
    for (const path of paths) yield [path, sessionId]
  }
}

/** How many watch how much. */
export function watchSummary(view: AdminView): {
  readonly connectionCount: number
  readonly pathCount: number
  readonly watchCount: number
} {
  const watches = view.watches()
  let watchCount = 0
  for (const paths of watches.values()) watchCount += paths.length
  return { connectionCount: watches.size, pathCount: watchesByPath(view).size, watchCount }
}
