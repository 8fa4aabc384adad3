import { lateZlib } from '../native/late-zlib.js'
import { corrupt, tooLarge } from '../records/record-batch-error.js'
import { type Codec, gather } from './codec.js'

const CHUNK_BYTES_MIN = 1024
const CHUNK_BYTES_MAX = 256 * 1024

/** zlib gathers its output in chunks of one size: few of them, without wasting much on a small batch. */
function chunkBytes(expectedBytes: number): number {
  return Math.min(Math.max(expectedBytes, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX)
}

/** gzip by Node's own zlib. Levels 1 to 9, default zlib's own (6). */
export const gzipCodec: Codec = {
  type: 'gzip',
  variant: 'portable',

  compress(input, level) {
    const { constants, gzipSync } = lateZlib()
    const data = gather(input)
    return gzipSync(data, { level: level ?? constants.Z_DEFAULT_COMPRESSION, chunkSize: chunkBytes(data.length) })
  },

  decompress(input, maxOutputBytes) {
    try {
      return lateZlib().gunzipSync(input, {
        // zlib refuses a maximum of 0; an empty output then passes a maximum of 1.
        maxOutputLength: Math.max(maxOutputBytes, 1),
        chunkSize: chunkBytes(input.length * 4),
      })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxOutputBytes)
      throw corrupt('The gzip data is corrupt', error)
    }
  },
}
