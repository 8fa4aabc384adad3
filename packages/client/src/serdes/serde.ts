/** What turns keys and values into bytes and back. */
import type { CallOptions } from '../ports.js'
import type { Headers } from './headers.js'

/**
 * Values to bytes. Synchronous on purpose: sending never waits. What must be waited for, such as a schema, is fetched in
 * `prepareToSerialize`. A null key or value is null on the wire, and no serializer is asked.
 */
export interface Serializer<T> {
  /** May add headers. Errors: what it throws becomes SERIALIZATION_FAILED. */
  serialize(topic: string, data: T, headers: Headers): Uint8Array | null
  /** Called before records are serialized, by whoever can wait: `sendAll`. */
  prepareToSerialize?(topic: string, data: readonly T[], options?: CallOptions): Promise<void>
}

/** Bytes to values. */
export interface Deserializer<T> {
  /** Null is a record without value, a tombstone. Errors: what it throws becomes DESERIALIZATION_FAILED. */
  deserialize(topic: string, data: Uint8Array | null, headers: Headers): T
}

/** Both. */
export type Serde<T> = Serializer<T> & Deserializer<T>
