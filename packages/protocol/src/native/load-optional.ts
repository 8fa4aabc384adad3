import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * Loads an optional native dependency, synchronously. Answers `undefined` when it is not installed, when it has no
 * binary for this platform, or when the binary does not load: every native package has a portable twin, so none of
 * these is an error.
 */
export function loadOptional(packageName: string): unknown {
  try {
    return require(packageName)
  } catch {
    return undefined
  }
}
