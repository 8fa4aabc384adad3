import type { Codec, CodecType, CodecVariant } from './codec.js'
import { gzipCodec } from './gzip.js'
import { loadNativeLz4Codec, portableLz4Codec } from './lz4.js'
import { loadNativeSnappyCodec, portableSnappyCodec } from './snappy.js'
import { loadNativeZstdCodec } from './zstd.js'
import { portableZstdCodec } from './zstd-wasm.js'

const PORTABLE: { readonly [T in CodecType]: Codec } = {
  gzip: gzipCodec,
  snappy: portableSnappyCodec,
  lz4: portableLz4Codec,
  zstd: portableZstdCodec,
}

const NATIVE_LOADERS: { readonly [T in CodecType]?: () => Codec | undefined } = {
  snappy: loadNativeSnappyCodec,
  lz4: loadNativeLz4Codec,
  zstd: loadNativeZstdCodec,
}

const loaded = new Map<CodecType, Codec>()

/**
 * The codec of a type: the native one where it loads, else the portable one. Nothing is loaded before the first
 * call. `variant` asks for one of the two; a native one that does not load then gives `undefined`.
 */
export function codecFor(type: CodecType): Codec
export function codecFor(type: CodecType, variant: 'portable'): Codec
export function codecFor(type: CodecType, variant: CodecVariant): Codec | undefined
export function codecFor(type: CodecType, variant?: CodecVariant): Codec | undefined {
  if (variant === 'portable') return PORTABLE[type]
  if (variant === 'native') return NATIVE_LOADERS[type]?.()
  let codec = loaded.get(type)
  if (codec === undefined) {
    codec = NATIVE_LOADERS[type]?.() ?? PORTABLE[type]
    loaded.set(type, codec)
  }
  return codec
}
