let load: NodeJS.Require | undefined

/**
 * Loads an optional native dependency, synchronously. Answers `undefined` when it is not installed, when it has no
 * binary for this platform, or when the binary does not load: every native package has a portable twin, so none of
 * these is an error.
 */
export function loadOptional(packageName: string): unknown {
  try {
    load ??= makeRequire()
    return load(packageName)
  } catch {
    return undefined
  }
}

function makeRequire(): NodeJS.Require {
  // Some bundlers take a `createRequire` that is imported for a `require` of their own, and cannot do what they read.
  const { createRequire } = process.getBuiltinModule('node:module')
  // One that writes CommonJS leaves `import.meta` empty; the bundle is most likely the program that was started.
  return createRequire(import.meta.url ?? process.argv[1])
}
