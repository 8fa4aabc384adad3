import assert from 'node:assert/strict'
import type { CachedIndexes, IndexCache } from './index-cache.js'
import type { SegmentIndexes } from './segment-indexes.js'

/**
 * Where the indexes of one segment are: in memory for good (pinned), in memory until the {@link IndexCache} needs the room,
 * or in files alone. It never looks into them, and never writes them.
 */
export class HeldIndexes implements CachedIndexes {
  readonly #cache: IndexCache
  readonly #load: () => Promise<SegmentIndexes>
  #indexes: SegmentIndexes | undefined
  #loading: Promise<SegmentIndexes> | undefined
  #pinned = false

  /** @param load Reads or rebuilds them, and sets them. */
  constructor(cache: IndexCache, load: () => Promise<SegmentIndexes>) {
    this.#cache = cache
    this.#load = load
  }

  get isPinned(): boolean {
    return this.#pinned
  }

  /** If they are in memory. */
  get inMemory(): SegmentIndexes | undefined {
    return this.#indexes
  }

  /** Of a segment whose indexes are pinned. */
  get pinned(): SegmentIndexes {
    assert(this.#indexes !== undefined, 'indexes of the active segment are in memory')
    return this.#indexes
  }

  /** The indexes, loaded when they are not in memory. */
  async get(): Promise<SegmentIndexes> {
    if (this.#loading === undefined && this.#indexes !== undefined) {
      if (!this.#pinned) this.#cache.touch(this)
      return this.#indexes
    }
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return await this.#loading
  }

  /** The indexes, made anew by `load`, which sets them. Who asks meanwhile gets the new ones. */
  async reload(load: () => Promise<SegmentIndexes>): Promise<SegmentIndexes> {
    this.#loading ??= load().finally(() => {
      this.#loading = undefined
    })
    return await this.#loading
  }

  /** These are the indexes from now on, pinned. */
  set(indexes: SegmentIndexes): void {
    this.#indexes = indexes
    this.#pinned = true
  }

  /** Keeps in memory what is there. */
  pin(): void {
    this.#pinned = true
    this.#cache.forget(this)
  }

  /** They are on disk, and may leave memory. */
  unpin(): void {
    this.#pinned = false
    this.#cache.touch(this)
  }

  /** The segment is no longer used. */
  abandon(): void {
    this.#pinned = false
    this.#cache.forget(this)
  }

  /** Called by the cache. */
  dropIndexes(): void {
    if (!this.#pinned) this.#indexes = undefined
  }

  /** Memory that they take. */
  get indexBytes(): number {
    return this.#indexes?.sizeInBytes ?? 0
  }
}
