import type { AddWatchMode } from '../core/data-types.js'
import type { WatcherType } from '../core/requests.js'

/** `Watcher.WatcherType`, in checkWatches and removeWatches. */
const WATCHER_TYPES: ReadonlyMap<number, WatcherType> = new Map([
  [1, 'children'],
  [2, 'data'],
  [3, 'any'],
  [4, 'persistent'],
  [5, 'persistent-recursive'],
])

const ADD_WATCH_MODES: readonly AddWatchMode[] = ['persistent', 'persistent-recursive']

export function watcherTypeOf(code: number): WatcherType | undefined {
  return WATCHER_TYPES.get(code)
}

export function watcherTypeCode(type: WatcherType): number {
  for (const [code, name] of WATCHER_TYPES) {
    if (name === type) return code
  }
  return type as never
}

export function addWatchModeOf(code: number): AddWatchMode | undefined {
  return ADD_WATCH_MODES[code]
}

export function addWatchModeCode(mode: AddWatchMode): number {
  return ADD_WATCH_MODES.indexOf(mode)
}
