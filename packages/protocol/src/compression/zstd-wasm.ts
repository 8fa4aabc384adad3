/**
 * The WebAssembly build of zstd, instantiated synchronously on first use.
 *
 * The package offers only an asynchronous start. Its generated glue has Emscripten's hook for instantiating otherwise; this
 * is the only place that knows about that. The memory of an instance never shrinks, so that an instance which has served a
 * very large batch is dropped.
 */
import { corrupt, RecordBatchError, tooLarge } from '../records/record-batch-error.js'
import { type Codec, gather } from './codec.js'
import { boundContent } from './zstd-frame.js'
import { newZstdGlue, readZstdWasm, type ZstdGlue } from './zstd-glue.js'

const DEFAULT_LEVEL = 3
/** An instance with more memory than this is dropped after use. */
const INSTANCE_BYTES_MAX = 32 * 1024 * 1024
/** `ZSTD_error_dstSize_tooSmall` */
const OUTPUT_TOO_SMALL = 70

/** WebAssembly is a global of Node's that its type declarations leave to the browser's. */
interface WebAssemblyGlobal {
  readonly WebAssembly: {
    readonly Module: new (bytes: Buffer) => object
    readonly Instance: new (module: object, imports: object) => object
  }
}

let compiled: object | undefined
let instance: ZstdGlue | undefined

/** zstd in WebAssembly. Levels 1 to 22 and negative ones, default 3. */
export const portableZstdCodec: Codec = {
  type: 'zstd',
  variant: 'portable',

  compress(input, level = DEFAULT_LEVEL) {
    const data = gather(input)
    return withInstance((zstd) => {
      const outputBytes = zstd._ZSTD_compressBound(data.length)
      return transform(zstd, data, outputBytes, (outputAt, inputAt) => {
        const written = zstd._ZSTD_compress(outputAt, outputBytes, inputAt, data.length, level)
        if (zstd._ZSTD_isError(written) !== 0) throw new Error(`zstd cannot compress: error ${-written}`)
        return written
      })
    })
  },

  decompress(input, maxOutputBytes) {
    const bound = boundContent(input, maxOutputBytes)
    return withInstance((zstd) =>
      transform(zstd, input, bound.bytes, (outputAt, inputAt) => {
        const written = zstd._ZSTD_decompress(outputAt, bound.bytes, inputAt, input.length)
        if (zstd._ZSTD_isError(written) === 0) return written
        if (-written === OUTPUT_TOO_SMALL && bound.isCapped) throw tooLarge(maxOutputBytes)
        throw corrupt(`The zstd data is corrupt: error ${-written}`)
      }),
    )
  },
}

/** Copies the input into the instance, runs the step, copies the output out, and frees both. */
function transform(
  zstd: ZstdGlue,
  input: Buffer,
  outputBytes: number,
  step: (outputAt: number, inputAt: number) => number,
): Buffer {
  const inputAt = allocate(zstd, input.length)
  try {
    const outputAt = allocate(zstd, outputBytes)
    try {
      zstd.HEAPU8.set(input, inputAt)
      const written = step(outputAt, inputAt)
      return Buffer.from(zstd.HEAPU8.subarray(outputAt, outputAt + written))
    } finally {
      zstd._free(outputAt)
    }
  } finally {
    zstd._free(inputAt)
  }
}

function allocate(zstd: ZstdGlue, bytes: number): number {
  const pointer = zstd._malloc(bytes)
  if (pointer === 0) throw new RecordBatchError('MESSAGE_TOO_LARGE', `zstd has no memory for ${bytes} bytes`)
  // Above 2 GiB the glue's signed pointers would be negative.
  return pointer >>> 0
}

function withInstance<T>(use: (zstd: ZstdGlue) => T): T {
  const zstd = instance ?? instantiate()
  // Taken out while in use: after a trap inside, its memory is not to be trusted and it does not come back.
  instance = undefined
  try {
    const result = use(zstd)
    if (zstd.HEAPU8.length <= INSTANCE_BYTES_MAX) instance = zstd
    return result
  } catch (error) {
    if (error instanceof RecordBatchError && zstd.HEAPU8.length <= INSTANCE_BYTES_MAX) instance = zstd
    throw error
  }
}

function instantiate(): ZstdGlue {
  const { WebAssembly } = globalThis as unknown as WebAssemblyGlobal
  compiled ??= new WebAssembly.Module(readZstdWasm())
  const module = compiled
  const zstd = newZstdGlue()
  zstd.instantiateWasm = (imports, receive) => {
    const made = new WebAssembly.Instance(module, imports)
    receive(made)
    return {}
  }
  // It would compile what it is given once more, were it not for the hook.
  zstd.init(Buffer.alloc(0))
  return zstd
}
