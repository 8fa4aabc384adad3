import { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { bufferOf, RecordHeaders } from '../serdes/headers.js'
import type { Serializer } from '../serdes/serde.js'
import type { ProducerRecord } from './producer-record.js'
import type { SerializedRecord } from './record-intake.js'

export interface RecordSerializerOptions<K, V> {
  readonly keySerializer: Serializer<K>
  readonly valueSerializer: Serializer<V>
  /** Wall clock, for records without a timestamp. */
  readonly nowMs: () => number
}

/** From what an application sends to what is written: key and value as bytes, headers, timestamp. */
export class RecordSerializer<K, V> {
  readonly #options: RecordSerializerOptions<K, V>
  #noHeaders = new RecordHeaders()

  constructor(options: RecordSerializerOptions<K, V>) {
    this.#options = options
  }

  /** Whether `prepare` has something to do. */
  get needsPreparation(): boolean {
    const { keySerializer, valueSerializer } = this.#options
    return keySerializer.prepareToSerialize !== undefined || valueSerializer.prepareToSerialize !== undefined
  }

  /** Lets the serializers do what takes time, such as looking up a schema. Errors: theirs. */
  async prepare(records: readonly ProducerRecord<K, V>[], options: CallOptions | undefined): Promise<void> {
    const { keySerializer, valueSerializer } = this.#options
    const byTopic = new Map<string, ProducerRecord<K, V>[]>()
    for (const record of records) {
      const list = byTopic.get(record.topic)
      if (list === undefined) byTopic.set(record.topic, [record])
      else list.push(record)
    }
    for (const [topic, list] of byTopic) {
      const keys = list.flatMap(({ key }) => (key == null ? [] : [key]))
      const values = list.flatMap(({ value }) => (value === null ? [] : [value]))
      await keySerializer.prepareToSerialize?.(topic, keys, options)
      await valueSerializer.prepareToSerialize?.(topic, values, options)
    }
  }

  /** The record, nobody yet waiting for it. Errors: INVALID_ARGUMENT, SERIALIZATION_FAILED. */
  serialize(record: ProducerRecord<K, V>, isUrgent: boolean): SerializedRecord {
    const { keySerializer, valueSerializer, nowMs } = this.#options
    const { topic, timestamp = nowMs(), partition } = record
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new KafkaError('INVALID_ARGUMENT', `timestamp ${timestamp} is not a time in ms`)
    }
    if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0)) {
      throw new KafkaError('INVALID_ARGUMENT', `partition ${partition} is not a partition`)
    }
    const headers = this.#headersFor(record)
    const key = serialized('key', topic, record.key, keySerializer, headers)
    const value = serialized('value', topic, record.value, valueSerializer, headers)
    return {
      record: record as ProducerRecord<unknown, unknown>,
      key,
      value,
      headers: headers.size === 0 ? undefined : headers.list,
      timestamp,
      delivery: undefined,
      isUrgent,
    }
  }

  /** Serializers may add headers; where there are none, all records share the same empty ones, until one does. */
  #headersFor(record: ProducerRecord<K, V>): RecordHeaders {
    if (record.headers !== undefined) return new RecordHeaders(record.headers)
    if (this.#noHeaders.size > 0) this.#noHeaders = new RecordHeaders()
    return this.#noHeaders
  }
}

function serialized<T>(
  what: 'key' | 'value',
  topic: string,
  data: T | null | undefined,
  serializer: Serializer<T>,
  headers: RecordHeaders,
): Buffer | null {
  if (data === null || data === undefined) return null
  try {
    return bufferOf(serializer.serialize(topic, data, headers))
  } catch (error) {
    const message = `the ${what} of a record for ${topic}: ${error instanceof Error ? error.message : String(error)}`
    throw new KafkaError('SERIALIZATION_FAILED', message, { cause: error })
  }
}
