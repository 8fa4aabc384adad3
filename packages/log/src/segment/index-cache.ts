/** What the cache keeps in memory: the indexes of a sealed segment. */
export interface CachedIndexes {
  readonly indexBytes: number
  dropIndexes(): void
}

/** Bounds the memory of the indexes of sealed segments, over all partitions: the least recently used ones go. */
export class IndexCache {
  readonly #maxBytes: number
  readonly #sizes = new Map<CachedIndexes, number>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Memory used now. */
  get sizeInBytes(): number {
    return this.#bytes
  }

  /** They are in memory, and were used just now. */
  touch(indexes: CachedIndexes): void {
    this.forget(indexes)
    const bytes = indexes.indexBytes + 1
    this.#sizes.set(indexes, bytes)
    this.#bytes += bytes
    for (const oldest of this.#sizes.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === indexes) return
      this.forget(oldest)
      oldest.dropIndexes()
    }
  }

  /** They are no longer the cache's business. */
  forget(indexes: CachedIndexes): void {
    this.#bytes -= this.#sizes.get(indexes) ?? 0
    this.#sizes.delete(indexes)
  }
}
