/**
 * Buffers that are used again, so that a stream of large requests or responses makes no garbage: V8 marks the whole heap
 * each time some tens of megabytes of buffers have been allocated outside of it, which costs more than the data path itself.
 *
 * Large buffers lie in slabs, which are given back to the system as a whole when they have not been used for a while; what
 * is larger than a slab is memory of its own. The pool does not know who has its buffers. Who gives one back must have the
 * only reference to it.
 */
import { discard } from '@millrace/log'
import { Slab } from './slab.js'
import { maxSmallBytes, SmallBuffers } from './small-buffers.js'

/** More than the largest block (32 MiB) that glibc ever takes from its heap. */
const slabBytes = 40 * 1024 * 1024
/** A slab goes when it has not been used between so many calls of `trim`. */
const idleTrims = 10

interface Kept {
  readonly slab: Slab
  /** Calls of `trim` since it was used. */
  trims: number
}

export class BufferPool {
  readonly #small = new SmallBuffers()
  /** The first are used first, so that the last become idle. */
  readonly #slabs: Kept[] = []

  /** Bytes in the machine's memory that nobody uses. */
  get idleBytes(): number {
    return this.#slabs.reduce((sum, { slab }) => sum + slab.reachedBytes - slab.usedBytes, this.#small.idleBytes)
  }

  /** A buffer of exactly `bytes`, with whatever content. */
  take(bytes: number): Buffer {
    if (bytes <= maxSmallBytes) return this.#small.take(bytes)
    if (bytes > slabBytes) return Buffer.allocUnsafeSlow(bytes)
    for (const kept of this.#slabs) {
      const buffer = kept.slab.take(bytes)
      if (buffer === undefined) continue
      kept.trims = 0
      return buffer
    }
    const slab = new Slab(slabBytes)
    this.#slabs.push({ slab, trims: 0 })
    return slab.take(bytes) as Buffer
  }

  /** Whether `buffer` keeps a whole slab from being given back: whoever wants its bytes for long copies them. */
  isInSlab(buffer: Buffer): boolean {
    return this.#slabs.some(({ slab }) => slab.memory === buffer.buffer)
  }

  /** `buffer` came from `take`, and nobody uses it any more. */
  give(buffer: Buffer): void {
    if (buffer.length <= maxSmallBytes) {
      this.#small.give(buffer)
      return
    }
    const kept = this.#slabs.find(({ slab }) => slab.memory === buffer.buffer)
    if (kept !== undefined) kept.slab.give(buffer)
    else if (buffer.length > slabBytes) discard(buffer.buffer as ArrayBuffer)
  }

  /** `buffer` came from `take`, and nobody knows who still reads it: its memory is left to the garbage collector. */
  forget(buffer: Buffer): void {
    const index = this.#slabs.findIndex(({ slab }) => slab.memory === buffer.buffer)
    if (index >= 0) this.#slabs.splice(index, 1)
  }

  /** Called now and then: gives back what has been idle for long. */
  trim(): void {
    for (const kept of [...this.#slabs]) {
      kept.trims = kept.slab.usedBytes > 0 ? 0 : kept.trims + 1
      if (kept.trims < idleTrims) continue
      this.#slabs.splice(this.#slabs.indexOf(kept), 1)
      discard(kept.slab.memory)
    }
  }
}
