import { loadOptional } from '../native/load-optional.js'

/**
 * CRC-32C (Castagnoli) of `buffer[start..end)` as an unsigned 32-bit number. `seed` is the checksum of what came
 * before, so that a checksum can be continued over several buffers; it is 0 at the beginning.
 */
export type Crc32cFunction = (buffer: Buffer, start: number, end: number, seed?: number) => number

/** The polynomial 0x1EDC6F41 with its bits reversed. */
const REVERSED_POLYNOMIAL = 0x82f63b78

/** Below this, the call into native code costs more than the work that it saves. */
const NATIVE_BYTES_MIN = 256

let tables: Int32Array | undefined

/** Eight tables of 256 entries: entry `[k * 256 + b]` advances byte `b` by `k` more zero bytes. */
function slicingTables(): Int32Array {
  if (tables !== undefined) return tables
  const built = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ REVERSED_POLYNOMIAL : crc >>> 1
    built[byte] = crc
  }
  for (let i = 256; i < built.length; i++) {
    const previous = built[i - 256]!
    built[i] = (previous >>> 8) ^ built[previous & 0xff]!
  }
  tables = built
  return built
}

/** The portable CRC-32C: slicing by eight bytes. */
export const crc32cPortable: Crc32cFunction = (buffer, start, end, seed = 0) => {
  const t = slicingTables()
  let crc = ~seed
  let at = start
  for (const lastBlock = end - 8; at <= lastBlock; at += 8) {
    crc =
      t[1792 + ((crc ^ buffer[at]!) & 0xff)]! ^
      t[1536 + (((crc >>> 8) ^ buffer[at + 1]!) & 0xff)]! ^
      t[1280 + (((crc >>> 16) ^ buffer[at + 2]!) & 0xff)]! ^
      t[1024 + ((crc >>> 24) ^ buffer[at + 3]!)]! ^
      t[768 + buffer[at + 4]!]! ^
      t[512 + buffer[at + 5]!]! ^
      t[256 + buffer[at + 6]!]! ^
      t[buffer[at + 7]!]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ buffer[at]!) & 0xff]!
  return ~crc >>> 0
}

interface NativeCrc32 {
  crc32c(input: Buffer, initialState?: number): number
}

/** CRC-32C by the processor's own instruction, or `undefined` where the optional package does not load. */
export function loadNativeCrc32c(): Crc32cFunction | undefined {
  const native = loadOptional('@node-rs/crc32') as NativeCrc32 | undefined
  if (native === undefined) return undefined
  return (buffer, start, end, seed = 0) => native.crc32c(buffer.subarray(start, end), seed)
}

/** So much is done without the native code, which takes 3 MB and some milliseconds to load: many programs send no more. */
const NATIVE_BYTES_AFTER = 64 * 1024

let large: Crc32cFunction | undefined
let bytesBefore = 0

/** CRC-32C by the fastest means that this machine has; see {@link Crc32cFunction}. */
export const crc32c: Crc32cFunction = (buffer, start, end, seed = 0) => {
  const bytes = end - start
  if (bytes < NATIVE_BYTES_MIN) return crc32cPortable(buffer, start, end, seed)
  if (large === undefined) {
    bytesBefore += bytes
    if (bytesBefore < NATIVE_BYTES_AFTER) return crc32cPortable(buffer, start, end, seed)
    large = loadNativeCrc32c() ?? crc32cPortable
  }
  return large(buffer, start, end, seed)
}
