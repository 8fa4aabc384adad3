import { createRequire } from 'node:module'

let require: NodeJS.Require | undefined

/**
 * Loads an optional native dependency, synchronously. Answers `undefined` when it is not installed, when it has no
 * binary for this platform, or when the binary does not load: every native package has a portable twin, so none of
 * these is an error.
 */
export function loadOptional(packageName: string): unknown {
  try {
    // A bundler that writes CommonJS leaves `import.meta` empty; there is a file name in its place then.
    require ??= createRequire(import.meta.url ?? __filename)
    return require(packageName)
  } catch {
    return undefined
  }
}
