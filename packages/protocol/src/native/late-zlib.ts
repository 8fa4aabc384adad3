type Zlib = typeof import('node:zlib')

let loaded: Zlib | undefined

/** Node's zlib, loaded when it is first asked for: many programs never are in need of it. */
export function lateZlib(): Zlib {
  loaded ??= process.getBuiltinModule('node:zlib')
  return loaded
}
