/**
 * Jute, ZooKeeper's serialization: big-endian, fields in order, nothing between them. Used by the store's files and by
 * the wire protocol. It owns no buffers of others: what a reader returns are views.
 */

/** The bytes end within a record or carry an impossible length. */
export class JuteError extends Error {
  override readonly name = 'JuteError'
  readonly code = 'MARSHALLINGERROR'
}

/** What a writer begins with after `take`: as much as last time, within these. */
const TAKEN_BYTES_MIN = 256
const TAKEN_BYTES_MAX = 64 * 1024

/** Appends values to a buffer that grows. */
export class JuteWriter {
  #buffer: Buffer
  #length = 0

  constructor(sizeHint = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeHint)
  }

  get length(): number {
    return this.#length
  }

  /** What was written: a view, valid until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0
  }

  /** What was written, for the caller to keep; the writer goes on with a new buffer. */
  take(): Buffer {
    const taken = this.bytes()
    this.#buffer = Buffer.allocUnsafe(Math.min(Math.max(taken.length, TAKEN_BYTES_MIN), TAKEN_BYTES_MAX))
    this.#length = 0
    return taken
  }

  byte(value: number): void {
    const at = this.#reserve(1)
    this.#length = this.#buffer.writeUInt8(value, at)
  }

  int(value: number): void {
    const at = this.#reserve(4)
    this.#length = this.#buffer.writeInt32BE(value, at)
  }

  long(value: bigint): void {
    const at = this.#reserve(8)
    this.#length = this.#buffer.writeBigInt64BE(value, at)
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0)
  }

  /** Null is length −1. */
  buffer(value: Buffer | null): void {
    if (value === null) {
      this.int(-1)
      return
    }
    this.int(value.length)
    const at = this.#reserve(value.length)
    value.copy(this.#buffer, at)
    this.#length = at + value.length
  }

  string(value: string): void {
    const length = Buffer.byteLength(value)
    this.int(length)
    const at = this.#reserve(length)
    this.#length = at + this.#buffer.write(value, at)
  }

  vector<T>(values: readonly T[], write: (value: T) => void): void {
    this.int(values.length)
    for (const value of values) write(value)
  }

  /** Overwrites the int at `at`, for lengths known only afterwards. */
  patchInt(at: number, value: number): void {
    this.#buffer.writeInt32BE(value, at)
  }

  /** Where the next `length` bytes go. May replace the buffer, so callers name it only afterwards. */
  #reserve(length: number): number {
    const needed = this.#length + length
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    return this.#length
  }
}

/** Reads values from a buffer; throws JuteError where it ends too soon. */
export class JuteReader {
  readonly #buffer: Buffer
  #position = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  get remaining(): number {
    return this.#buffer.length - this.#position
  }

  byte(): number {
    return this.#buffer.readUInt8(this.#advance(1))
  }

  int(): number {
    return this.#buffer.readInt32BE(this.#advance(4))
  }

  long(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8))
  }

  boolean(): boolean {
    return this.byte() !== 0
  }

  buffer(): Buffer | null {
    const length = this.int()
    if (length === -1) return null
    const at = this.#advance(length)
    return this.#buffer.subarray(at, at + length)
  }

  string(): string {
    const length = this.int()
    const at = this.#advance(length)
    return this.#buffer.toString('utf8', at, at + length)
  }

  vector<T>(read: () => T): T[] {
    const count = this.int()
    // Every item takes at least a byte, so a count beyond what is left is a lie; nothing is allocated for it.
    if (count < 0 || count > this.remaining) throw new JuteError(`vector of ${count} in ${this.remaining} bytes`)
    const values: T[] = []
    for (let index = 0; index < count; index++) values.push(read())
    return values
  }

  #advance(length: number): number {
    if (length < 0 || length > this.remaining) throw new JuteError(`${length} bytes wanted, ${this.remaining} left`)
    const at = this.#position
    this.#position += length
    return at
  }
}
