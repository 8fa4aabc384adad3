import { lateZlib } from '../native/late-zlib.js'
import { corrupt, tooLarge } from '../records/record-batch-error.js'
import { type Codec, gather } from './codec.js'
import { boundContent } from './zstd-frame.js'
import { portableZstdCodec } from './zstd-wasm.js'

/** What node:zlib has since Node 22.15 and 23.8. */
interface ZlibZstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
  zstdCompressSync(
    input: Buffer,
    options: {
      readonly params?: Record<number, number>
      readonly chunkSize?: number
      readonly pledgedSrcSize?: number
    },
  ): Buffer
  zstdDecompressSync(input: Buffer, options: { readonly maxOutputLength: number; readonly chunkSize: number }): Buffer
}

const CHUNK_BYTES_MIN = 64

/** zstd by Node's own zlib, or `undefined` where this Node does not have it. Levels as in the portable codec. */
export function loadNativeZstdCodec(): Codec | undefined {
  const native = lateZlib() as unknown as Partial<ZlibZstd>
  return native.zstdDecompressSync === undefined ? undefined : nativeCodec(native as ZlibZstd)
}

function nativeCodec(native: ZlibZstd): Codec {
  return {
    type: 'zstd',
    variant: 'native',

    compress(input, level) {
      const data = gather(input)
      const chunkSize = Math.max(data.length, CHUNK_BYTES_MIN)
      const params = level === undefined ? {} : { [native.constants.ZSTD_c_compressionLevel]: level }
      return native.zstdCompressSync(data, { params, chunkSize, pledgedSrcSize: data.length })
    },

    decompress(input, maxOutputBytes) {
      const bound = boundContent(input, maxOutputBytes)
      // zlib stops after the first frame.
      if (!bound.isSingleFrame) return portableZstdCodec.decompress(input, maxOutputBytes)
      try {
        // One chunk of the size that the headers promise, so that zlib has nothing to put together.
        const chunkSize = Math.max(bound.bytes, CHUNK_BYTES_MIN)
        return native.zstdDecompressSync(input, { maxOutputLength: Math.max(bound.bytes, 1), chunkSize })
      } catch (error) {
        if (bound.isCapped && (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
          throw tooLarge(maxOutputBytes)
        }
        throw corrupt('The zstd data is corrupt', error)
      }
    },
  }
}
