/**
 * Where the WebAssembly build of zstd and its generated glue come from: two files of a package. The packed client has neither
 * beside it, and puts another module with the same exports in the place of this one.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The glue, as far as it is used here. Pointers and sizes are unsigned 32-bit; errors are small negative numbers. */
export interface ZstdGlue {
  /** Replaced when the memory grows: read it again after every allocation. */
  readonly HEAPU8: Uint8Array
  instantiateWasm?: (imports: object, receive: (instance: object) => void) => object
  init(wasm: Buffer): void
  _malloc(bytes: number): number
  _free(pointer: number): void
  _ZSTD_isError(result: number): number
  _ZSTD_compressBound(bytes: number): number
  _ZSTD_compress(output: number, outputBytes: number, input: number, inputBytes: number, level: number): number
  _ZSTD_decompress(output: number, outputBytes: number, input: number, inputBytes: number): number
}

/** The WebAssembly binary. */
export function readZstdWasm(): Buffer {
  const { folder } = locate()
  return readFileSync(join(folder, 'zstd.wasm'))
}

/** New glue: it keeps the state of one instance, so every instance needs its own. */
export function newZstdGlue(): ZstdGlue {
  const { require, folder } = locate()
  const path = join(folder, 'zstd.js')
  delete require.cache[path]
  return (require(path) as { readonly Module: ZstdGlue }).Module
}

function locate(): { readonly require: NodeJS.Require; readonly folder: string } {
  const require = createRequire(import.meta.url)
  return { require, folder: dirname(require.resolve('@bokuweb/zstd-wasm')) }
}
