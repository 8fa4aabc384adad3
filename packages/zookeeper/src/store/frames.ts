/**
 * Frames of the store's files: a header names the file's kind and format; then each frame is
 * `int length, int crc32, payload`, the CRC over the payload.
 */
import { crc32 } from 'node:zlib'

const FORMAT_VERSION = 1
export const HEADER_BYTES = 8
const FRAME_OVERHEAD = 8

/** `ZLOG` for logs, `ZSNP` for snapshots; then the format's version. */
export function fileHeader(magic: 'ZLOG' | 'ZSNP'): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(magic, 0, 'latin1')
  header.writeInt32BE(FORMAT_VERSION, 4)
  return header
}

export function frame(payload: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_OVERHEAD + payload.length)
  framed.writeInt32BE(payload.length, 0)
  framed.writeUInt32BE(crc32(payload), 4)
  payload.copy(framed, FRAME_OVERHEAD)
  return framed
}

/** The payload of the whole and valid frame at `at`, and where the next begins; undefined if there is none. */
export function frameAt(file: Buffer, at: number): { readonly payload: Buffer; readonly end: number } | undefined {
  const start = at + FRAME_OVERHEAD
  if (start > file.length) return undefined
  const length = file.readInt32BE(at)
  const end = start + length
  // No record is empty, so a run of zeros that a file system left behind is no frame.
  if (length <= 0 || end > file.length) return undefined
  const payload = file.subarray(start, end)
  return crc32(payload) === file.readUInt32BE(at + 4) ? { payload, end } : undefined
}
