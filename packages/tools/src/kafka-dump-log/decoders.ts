/** What makes text of keys and values: `--key-decoder-class`, `--value-decoder-class`, and the decoders of internal topics. */
import { ToolError } from '../command-line/tool.js'
import type { RecordDecoder } from '../internal-topics/dump-decoders.js'

type Decoder = (bytes: Buffer) => string

/** The classes of `org.apache.kafka.tools.api`. */
const decoders: Readonly<Record<string, Decoder>> = {
  StringDecoder: (bytes) => bytes.toString(),
  LongDecoder: (bytes) => String(sized(bytes, 8).readBigInt64BE()),
  IntegerDecoder: (bytes) => String(sized(bytes, 4).readInt32BE()),
  DefaultDecoder: (bytes) => bytes.toString('hex'),
}

const API = 'org.apache.kafka.tools.api.'
const DEPRECATED = 'kafka.serializer.'

/** Keys and values by the names of Java classes. `note` is told of names that are deprecated. Errors: ToolError. */
export function decoderByClasses(
  { key: keyClass, value: valueClass }: { readonly key: string; readonly value: string },
  note: (line: string) => void,
): RecordDecoder {
  const valueDecoder = decoderOf(valueClass, note)
  const keyDecoder = decoderOf(keyClass, note)
  return ({ key, value }) => ({
    key: key === null ? undefined : keyDecoder(key),
    payload: value === null ? undefined : valueDecoder(value),
  })
}

function decoderOf(className: string, note: (line: string) => void): Decoder {
  const isDeprecated = className.startsWith(DEPRECATED)
  const prefix = isDeprecated ? DEPRECATED : API
  const name = className.startsWith(prefix) ? className.slice(prefix.length) : className
  const decoder = decoders[name]
  if (decoder === undefined) {
    throw new ToolError(`There is no decoder ${className}. There are: ${Object.keys(decoders).join(', ')}.`)
  }
  if (isDeprecated) note(`${className} is deprecated. Please use ${API}${name} instead`)
  return decoder
}

function sized(bytes: Buffer, size: number): Buffer {
  if (bytes.length === size) return bytes
  throw new ToolError(`${bytes.length} bytes are no number of ${size} bytes: leave out its decoder.`)
}
