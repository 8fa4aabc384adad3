/** `key<tab>value` and what else is asked for (`DefaultMessageFormatter`). */
import { type ConsumerRecord, type Deserializer, type Headers, javaDeserializer } from '@millrace/client'
import type { Formatter } from './formatter.js'

/** The properties that it goes by. */
export const formatterProperties = [
  'print.timestamp',
  'print.key',
  'print.offset',
  'print.delivery',
  'print.epoch',
  'print.partition',
  'print.headers',
  'print.value',
  'key.separator',
  'line.separator',
  'headers.separator',
  'null.literal',
  'key.deserializer',
  'value.deserializer',
  'headers.deserializer',
] as const

/** Beginnings of keys that are handed to deserializers. */
export const formatterFamilies = ['key.deserializer.', 'value.deserializer.', 'headers.deserializer.'] as const

export function defaultFormatter(properties: ReadonlyMap<string, string>, complain: (line: string) => void): Formatter {
  const isOn = (what: string, otherwise = false) =>
    properties.has(what) ? properties.get(what)?.trim().toLowerCase() === 'true' : otherwise
  const bytes = (key: string, otherwise: string) => Buffer.from(properties.get(key) ?? otherwise)
  const nullLiteral = bytes('null.literal', 'null')
  const deserialize = (key: string) => textOf(properties.get(key), nullLiteral, complain)
  const headersSeparator = bytes('headers.separator', ',')
  const headerText = deserialize('headers.deserializer')
  const keyText = deserialize('key.deserializer')
  const valueText = deserialize('value.deserializer')
  const columns: readonly (Column | false)[] = [
    isOn('print.timestamp') && timestamp,
    isOn('print.partition') && (({ partition }) => [Buffer.from(`Partition:${partition}`)]),
    isOn('print.offset') && (({ offset }) => [Buffer.from(`Offset:${offset}`)]),
    isOn('print.delivery') && (() => [Buffer.from('Delivery:NOT_PRESENT')]),
    isOn('print.epoch') && (({ leaderEpoch }) => [Buffer.from(`Epoch:${leaderEpoch ?? 'NOT_PRESENT'}`)]),
    isOn('print.headers') && ((record) => headers(record, headerText, headersSeparator)),
    isOn('print.key') && ((record) => [keyText(record, record.rawKey)]),
    isOn('print.value', true) && ((record) => [valueText(record, record.rawValue)]),
  ]
  const wanted = columns.filter((column) => column !== false)
  const keySeparator = bytes('key.separator', '\t')
  const lineSeparator = bytes('line.separator', '\n')
  if (wanted.length === 0) return () => ''
  return (record) => {
    const parts: Buffer[] = []
    for (const [at, column] of wanted.entries()) {
      if (at > 0) parts.push(keySeparator)
      parts.push(...column(record))
    }
    return Buffer.concat([...parts, lineSeparator])
  }
}

type Column = (record: ConsumerRecord) => readonly Buffer[]

type ToText = (record: ConsumerRecord, bytes: Uint8Array | null) => Buffer

const timestamp: Column = ({ timestampType, timestamp: at }) => [Buffer.from(`${timestampType}:${at}`)]

function headers(record: ConsumerRecord, text: ToText, separator: Buffer): readonly Buffer[] {
  const all = [...record.headers]
  if (all.length === 0) return [Buffer.from('NO_HEADERS')]
  return all.flatMap(([name, value], at) => [
    ...(at === 0 ? [] : [separator]),
    Buffer.from(`${name}:`),
    text(record, value),
  ])
}

/** By a Java deserializer's class; as they are without one, and, as in Kafka's tool, when there is no such class. */
function textOf(className: string | undefined, nullLiteral: Buffer, complain: (line: string) => void): ToText {
  const raw: ToText = (_, bytes) => (bytes === null ? nullLiteral : Buffer.from(bytes))
  if (className === undefined) return raw
  const deserializer = javaDeserializer(className) as Deserializer<unknown> | undefined
  if (deserializer === undefined) {
    complain(`There is no deserializer ${className}: bytes are printed as they are.`)
    return raw
  }
  return ({ topic, headers: all }, bytes) => {
    const value = deserializer.deserialize(topic, bytes ?? nullLiteral, all as Headers)
    return Buffer.isBuffer(value) ? value : Buffer.from(String(value))
  }
}
