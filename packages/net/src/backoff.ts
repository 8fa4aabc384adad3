/** How long to wait before another try: doubling, bounded, and spread by a fifth, so that clients do not come all at once (KIP-601, KIP-580). */
export class ExponentialBackoff {
  readonly #initialMs: number
  readonly #maxMs: number
  readonly #random: () => number

  constructor(options: { readonly initialMs: number; readonly maxMs: number; readonly random: () => number }) {
    this.#initialMs = options.initialMs
    this.#maxMs = Math.max(options.initialMs, options.maxMs)
    this.#random = options.random
  }

  /** After so many failures in a row, from 1 on. */
  delayMs(failures: number): number {
    if (this.#maxMs === 0) return 0
    const plain = Math.min(this.#initialMs * 2 ** Math.min(Math.max(0, failures - 1), 30), this.#maxMs)
    const spread = 0.8 + 0.4 * this.#random()
    return Math.min(plain * spread, this.#maxMs)
  }
}
