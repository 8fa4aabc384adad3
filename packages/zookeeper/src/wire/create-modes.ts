import type { CreateMode } from '../core/data-types.js'

/** `CreateMode.toFlag`: the place in the list is the flag. */
const MODES: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
  'container',
  'ttl',
  'ttl-sequential',
]

export function createFlag(mode: CreateMode): number {
  return MODES.indexOf(mode)
}

/** Undefined if there is no such mode. */
export function createModeOf(flag: number): CreateMode | undefined {
  return MODES[flag]
}
