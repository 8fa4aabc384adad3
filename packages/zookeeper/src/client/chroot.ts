/** A client's root within the server's tree: put before paths on the way out, taken off on the way back. */
export class Chroot {
  /** Empty if there is none. */
  readonly #prefix: string

  constructor(chroot: string) {
    this.#prefix = chroot === '/' ? '' : chroot
  }

  add(path: string): string {
    if (this.#prefix === '') return path
    return path === '/' ? this.#prefix : this.#prefix + path
  }

  /** Paths outside the root stay as they are. */
  strip(path: string): string {
    if (this.#prefix === '') return path
    if (path === this.#prefix) return '/'
    return path.startsWith(`${this.#prefix}/`) ? path.slice(this.#prefix.length) : path
  }
}
