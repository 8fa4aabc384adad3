/** `key.serializer`, `value.deserializer` … name Java classes: those that have a twin here. */
import type { Deserializer, Serializer } from './serde.js'
import { Serdes } from './serdes.js'

const TWINS: Readonly<Record<string, Serializer<never> & Deserializer<unknown>>> = {
  String: Serdes.string,
  Bytes: Serdes.bytes,
  ByteArray: Serdes.bytes,
  ByteBuffer: Serdes.bytes,
  Short: Serdes.int16,
  Integer: Serdes.int32,
  Long: Serdes.int64,
  Float: Serdes.float,
  Double: Serdes.double,
  UUID: Serdes.uuid,
}

const PACKAGE = 'org.apache.kafka.common.serialization.'

/** The twin of `org.apache.kafka.common.serialization.StringSerializer` and its siblings; undefined: there is none. */
export function javaSerializer(className: string): Serializer<never> | undefined {
  return twin(className, 'Serializer')
}

/** The twin of `org.apache.kafka.common.serialization.StringDeserializer` and its siblings; undefined: there is none. */
export function javaDeserializer(className: string): Deserializer<unknown> | undefined {
  return twin(className, 'Deserializer')
}

/** The package may be left out. */
function twin(className: string, kind: string): (Serializer<never> & Deserializer<unknown>) | undefined {
  const simple = className.startsWith(PACKAGE) ? className.slice(PACKAGE.length) : className
  return simple.endsWith(kind) ? TWINS[simple.slice(0, -kind.length)] : undefined
}
