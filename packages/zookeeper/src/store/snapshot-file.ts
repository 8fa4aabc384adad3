/**
 * Snapshots: the whole database at one transaction, written beside the running server and read at its start.
 *
 * A snapshot is written under a temporary name, synced, then renamed: a file with its final name is complete. Payloads
 * are gathered to about 64 KiB, so that writing a large tree never holds the loop for long.
 */

import { DataTree } from '../core/data-tree.js'
import { Database, type DatabaseCapture } from '../core/database.js'
import { JuteReader, JuteWriter } from '../jute.js'
import { fileHeader, frame, frameAt, HEADER_BYTES } from './frames.js'
import type { StoreDirectory } from './ports.js'
import { readNode, writeNode } from './txn-codec.js'

const SLICE_BYTES = 64 * 1024
const TEMPORARY_SUFFIX = '.tmp'

export async function writeSnapshot(directory: StoreDirectory, name: string, capture: DatabaseCapture): Promise<void> {
  const temporary = name + TEMPORARY_SUFFIX
  await directory.remove(temporary)
  const file = await directory.openAppend(temporary)
  try {
    await file.append([fileHeader('ZSNP'), frame(headOf(capture))])
    const out = new JuteWriter(SLICE_BYTES * 2)
    for (const [index, path] of capture.paths.entries()) {
      const node = capture.nodes[index]
      if (node === undefined) break
      writeNode(out, path, node)
      if (out.length >= SLICE_BYTES) {
        await file.append([frame(out.bytes())])
        out.clear()
      }
    }
    if (out.length > 0) await file.append([frame(out.bytes())])
    await file.datasync()
  } finally {
    await file.close()
  }
  await directory.rename(temporary, name)
  await directory.sync()
}

function headOf(capture: DatabaseCapture): Buffer {
  const out = new JuteWriter()
  out.long(capture.zxid)
  out.vector(capture.sessions, ([sessionId, timeoutMs]) => {
    out.long(sessionId)
    out.int(timeoutMs)
  })
  out.int(capture.paths.length)
  return out.bytes()
}

/** The database of a snapshot's bytes; undefined if they are not a whole snapshot. */
export function readSnapshot(file: Buffer): Database | undefined {
  if (!file.subarray(0, HEADER_BYTES).equals(fileHeader('ZSNP'))) return undefined
  const head = frameAt(file, HEADER_BYTES)
  if (head === undefined) return undefined
  const input = new JuteReader(head.payload)
  const zxid = input.long()
  const sessions = input.vector(() => [input.long(), input.int()] as const)
  const nodeCount = input.int()
  const tree = new DataTree()
  let at = head.end
  while (tree.nodeCount < nodeCount) {
    const slice = frameAt(file, at)
    if (slice === undefined) return undefined
    const nodes = new JuteReader(slice.payload)
    while (nodes.remaining > 0) tree.restore(...readNode(nodes))
    at = slice.end
  }
  return new Database(tree, sessions, zxid)
}

export function isTemporary(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX)
}
