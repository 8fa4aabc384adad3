/**
 * Reading and writing the JSON of znodes. Writers keep the order of keys that Kafka's have, so that the bytes are the same;
 * readers take any order and ignore what they do not know.
 */
import { javaStringHash } from '@millrace/protocol'

/** A node's data is not what its path promises. */
export class ZnodeFormatError extends Error {
  override readonly name = 'ZnodeFormatError'
  readonly code = 'ZNODE_FORMAT'
  readonly path: string

  constructor(path: string, message: string) {
    super(`${path}: ${message}`)
    this.path = path
  }
}

/** An object of JSON with checked access to its members. */
export class JsonObject {
  readonly #members: ReadonlyMap<string, unknown>
  readonly #path: string

  static parse(path: string, data: Buffer | null): JsonObject {
    let value: unknown
    try {
      value = JSON.parse(data?.toString('utf8') ?? '')
    } catch {
      throw new ZnodeFormatError(path, 'not JSON')
    }
    return JsonObject.#of(path, value)
  }

  static #of(path: string, value: unknown): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ZnodeFormatError(path, 'not an object')
    }
    return new JsonObject(path, new Map(Object.entries(value)))
  }

  private constructor(path: string, members: ReadonlyMap<string, unknown>) {
    this.#path = path
    this.#members = members
  }

  keys(): readonly string[] {
    return [...this.#members.keys()]
  }

  int(key: string): number {
    return this.#int(key, this.#members.get(key))
  }

  /** `absent` if there is no such member. */
  intOr<T>(key: string, absent: T): number | T {
    return this.#members.has(key) ? this.int(key) : absent
  }

  string(key: string): string {
    const value = this.#members.get(key)
    if (typeof value !== 'string') throw this.#wrong(key, 'a string')
    return value
  }

  /** Undefined if the member is missing or null. */
  optionalString(key: string): string | undefined {
    return (this.#members.get(key) ?? null) === null ? undefined : this.string(key)
  }

  ints(key: string): readonly number[] {
    return this.#array(key).map((value) => this.#int(key, value))
  }

  strings(key: string): readonly string[] {
    return this.#array(key).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(key, 'an array of strings')
      return value
    })
  }

  objects(key: string): readonly JsonObject[] {
    return this.#array(key).map((value) => JsonObject.#of(this.#path, value))
  }

  /** Undefined if the member is missing. */
  optionalObject(key: string): JsonObject | undefined {
    return this.#members.has(key) ? JsonObject.#of(this.#path, this.#members.get(key)) : undefined
  }

  #array(key: string): readonly unknown[] {
    const value = this.#members.get(key)
    if (!Array.isArray(value)) throw this.#wrong(key, 'an array')
    return value
  }

  #int(key: string, value: unknown): number {
    if (!Number.isSafeInteger(value)) throw this.#wrong(key, 'an integer')
    return Number(value)
  }

  #wrong(key: string, expected: string): ZnodeFormatError {
    return new ZnodeFormatError(this.#path, `${key} is not ${expected}`)
  }
}

/** The bytes of an object whose members are already JSON text, in this order. */
export function encodeObject(members: readonly (readonly [key: string, json: string])[]): Buffer {
  return Buffer.from(objectText(members))
}

export function objectText(members: readonly (readonly [key: string, json: string])[]): string {
  return `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`
}

/** Entries in the order in which Scala's `mutable.HashMap` walks them. */
export function inScalaMapOrder<V>(entries: Iterable<readonly [string, V]>): readonly (readonly [string, V])[] {
  return inHashTableOrder(entries, (a, b) => a - b)
}

/** Entries in the order in which Java's `Properties` walk them. */
export function inPropertiesOrder<V>(entries: Iterable<readonly [string, V]>): readonly (readonly [string, V])[] {
  return inHashTableOrder(entries, () => 0)
}

/** `withinPlace` orders the hashes of keys that share a place of the table. */
function inHashTableOrder<V>(
  entries: Iterable<readonly [string, V]>,
  withinPlace: (hashA: number, hashB: number) => number,
): readonly (readonly [string, V])[] {
  const hashed = Array.from(entries, (entry) => ({ entry, hash: spreadHash(entry[0]) }))
  // Both tables start with 16 places and double once three quarters of them are taken.
  let places = 16
  while (hashed.length >= places * 0.75) places *= 2
  const place = (hash: number) => hash & (places - 1)
  hashed.sort((a, b) => place(a.hash) - place(b.hash) || withinPlace(a.hash, b.hash))
  return hashed.map(({ entry }) => entry)
}

/** Java's hash of the key, its upper half mixed into the lower one. */
function spreadHash(key: string): number {
  const hash = javaStringHash(key)
  return hash ^ (hash >>> 16)
}
