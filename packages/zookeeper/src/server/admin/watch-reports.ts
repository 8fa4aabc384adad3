import type { AdminView } from './admin-view.js'

/** Sessions by the path that they watch. */
export function watchesByPath(view: AdminView): ReadonlyMap<string, readonly bigint[]> {
  const byPath = new Map<string, bigint[]>()
  for (const [sessionId, paths] of view.watches()) {
    for (const path of paths) {
      const ids = byPath.get(path)
      if (ids === undefined) byPath.set(path, [sessionId])
      else ids.push(sessionId)
    }
  }
  return byPath
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
