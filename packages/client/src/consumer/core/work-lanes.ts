/**
 * Which records may be worked on at the same time: those of different lanes. A lane is a partition, a key, or one record alone,
 * as `ordering` says. Pure: whoever starts work says when it has ended.
 */
import assert from 'node:assert/strict'

export type Ordering = 'partition' | 'key' | 'unordered'

export class WorkLanes<T> {
  readonly #maxConcurrency: number
  /** Work by lane, the first of which goes on; a lane without work is gone. */
  readonly #lanes = new Map<string, T[]>()
  /** Lanes whose first work may begin. */
  #ready: string[] = []
  #readyHead = 0
  #running = 0

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency
  }

  get running(): number {
    return this.#running
  }

  add(lane: string, work: T): void {
    const known = this.#lanes.get(lane)
    if (known === undefined) {
      this.#lanes.set(lane, [work])
      this.#ready.push(lane)
    } else known.push(work)
  }

  /** Work that may begin now, and its lane; undefined: none. */
  next(): { readonly lane: string; readonly work: T } | undefined {
    if (this.#running >= this.#maxConcurrency || this.#readyHead === this.#ready.length) return undefined
    const lane = this.#ready[this.#readyHead] as string
    this.#readyHead++
    if (this.#readyHead === this.#ready.length) {
      this.#ready = []
      this.#readyHead = 0
    }
    const work = this.#lanes.get(lane)?.[0]
    assert(work !== undefined, 'a lane that is ready has work')
    this.#running++
    return { lane, work }
  }

  /** The lane's first work has ended. */
  end(lane: string): void {
    const works = this.#lanes.get(lane)
    assert(works !== undefined && this.#running > 0)
    this.#running--
    works.shift()
    if (works.length === 0) this.#lanes.delete(lane)
    else this.#ready.push(lane)
  }
}
