/** The headers of a record: in order, with repeated keys and null values. */
import type { RecordHeader } from '@millrace/protocol'

/** Text counts as its UTF-8 bytes. */
export type Bytes = Uint8Array | string

/** Pairs, or an object whose values may be lists where a key is repeated. */
export type HeadersInit =
  | Iterable<readonly [string, Bytes | null]>
  | Readonly<Record<string, Bytes | null | readonly (Bytes | null)[]>>

/** Java's `Headers`. A value may be null, which is not the same as empty. */
export interface Headers extends Iterable<[string, Uint8Array | null]> {
  readonly size: number
  /** The last value of that key, as Java's `lastHeader`; undefined: there is none. */
  get(key: string): Uint8Array | null | undefined
  /** All values of that key, the first one first. */
  getAll(key: string): (Uint8Array | null)[]
  /** The last value of that key as UTF-8. */
  getString(key: string): string | null | undefined
  /** Adds one, behind those of the same key. */
  add(key: string, value: Bytes | null): this
  /** Removes all of that key. */
  remove(key: string): this
}

const NONE: readonly RecordHeader[] = []

/**
 * What a record's headers are made of. `lazily` makes those of a record that was read: its bytes are decoded when somebody
 * looks, and keys and values are views of the fetched batch.
 */
export class RecordHeaders implements Headers {
  #list: RecordHeader[] | undefined
  #decode: (() => readonly RecordHeader[]) | undefined

  constructor(init?: HeadersInit | null) {
    if (init !== undefined && init !== null) this.#list = listOf(init)
  }

  /** `decode` is called at most once, when the headers are first looked at. */
  static lazily(decode: () => readonly RecordHeader[]): RecordHeaders {
    const headers = new RecordHeaders()
    headers.#decode = decode
    return headers
  }

  /** As the protocol writes them. */
  get list(): readonly RecordHeader[] {
    return this.#list ?? (this.#decode === undefined ? NONE : this.#own())
  }

  get size(): number {
    return this.list.length
  }

  get(key: string): Uint8Array | null | undefined {
    return this.list.findLast((header) => header.key === key)?.value
  }

  getAll(key: string): (Uint8Array | null)[] {
    return this.list.filter((header) => header.key === key).map((header) => header.value)
  }

  getString(key: string): string | null | undefined {
    return this.list.findLast((header) => header.key === key)?.value?.toString('utf8') ?? this.#absence(key)
  }

  add(key: string, value: Bytes | null): this {
    this.#own().push({ key, value: bufferOf(value) })
    return this
  }

  remove(key: string): this {
    this.#list = this.#own().filter((header) => header.key !== key)
    return this
  }

  *[Symbol.iterator](): Iterator<[string, Uint8Array | null]> {
    for (const { key, value } of this.list) yield [key, value]
  }

  /** For structured logs: pairs, with values as text. */
  toJSON(): readonly (readonly [string, string | null])[] {
    return this.list.map(({ key, value }) => [key, value === null ? null : value.toString('utf8')] as const)
  }

  /** Null where the last value is null, undefined where there is none. */
  #absence(key: string): null | undefined {
    return this.list.some((header) => header.key === key) ? null : undefined
  }

  #own(): RecordHeader[] {
    this.#list ??= [...(this.#decode?.() ?? NONE)]
    this.#decode = undefined
    return this.#list
  }
}

function listOf(init: HeadersInit): RecordHeader[] {
  if (init instanceof RecordHeaders) return [...init.list]
  const list: RecordHeader[] = []
  if (Symbol.iterator in init) {
    for (const [key, value] of init) list.push({ key, value: bufferOf(value) })
    return list
  }
  for (const [key, values] of Object.entries(init)) {
    if (isList(values)) for (const value of values) list.push({ key, value: bufferOf(value) })
    else list.push({ key, value: bufferOf(values) })
  }
  return list
}

function isList(values: Bytes | null | readonly (Bytes | null)[]): values is readonly (Bytes | null)[] {
  return Array.isArray(values)
}

/** The bytes as a Buffer, not copied. */
export function bufferOf(bytes: Bytes): Buffer
export function bufferOf(bytes: Bytes | null): Buffer | null
export function bufferOf(bytes: Bytes | null): Buffer | null {
  if (bytes === null) return null
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8')
  if (Buffer.isBuffer(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
