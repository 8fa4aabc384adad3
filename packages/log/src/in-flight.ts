/**
 * Lets so many requests be under way; the others wait, in the order in which they came. So what one event asks for
 * thousands of partitions neither holds the loop for long nor keeps others from the disk.
 */
export class InFlight {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#free = max
  }

  async run<Result>(request: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await request()
    } finally {
      const next = this.#waiting.shift()
      // Its place goes to who has waited longest.
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}
