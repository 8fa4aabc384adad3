// Watches counts that must go on growing while there is nothing in the way.
export class StallWatch {
  /** The longest that each stood still, in ms without an outage. */
  longestMs = new Map()
  #clock
  #limitOf
  #counts = new Map()

  /** `clock()`: ms without an outage. `limitOf(name)`: how many of them a count may stand still. */
  constructor(clock, limitOf) {
    this.#clock = clock
    this.#limitOf = limitOf
  }

  /** Counts of one process; those of the same name in others are added. */
  report(process, counts) {
    const nowMs = this.#clock()
    for (const [name, count] of Object.entries(counts)) {
      const known = this.#counts.get(name)
      if (known === undefined) this.#counts.set(name, { byProcess: new Map([[process, count]]), sinceMs: nowMs })
      else if (known.byProcess.get(process) !== count) {
        known.byProcess.set(process, count)
        this.#note(name, nowMs - known.sinceMs)
        known.sinceMs = nowMs
      }
    }
  }

  /** What stands still, in words. */
  stalled() {
    const nowMs = this.#clock()
    const words = []
    for (const [name, { sinceMs }] of this.#counts) {
      this.#note(name, nowMs - sinceMs)
      if (nowMs - sinceMs > this.#limitOf(name)) words.push(`${name} for ${Math.round(nowMs - sinceMs)} ms`)
    }
    return words
  }

  /** The longest of each kind: a group, the producers, and so on. */
  get longestByKind() {
    const longest = {}
    for (const [name, ms] of this.longestMs) {
      const [kind] = name.split(/[ /]/)
      longest[kind] = Math.max(longest[kind] ?? 0, Math.round(ms))
    }
    return longest
  }

  #note(name, ms) {
    if (ms > (this.longestMs.get(name) ?? 0)) this.longestMs.set(name, ms)
  }
}
