import { ProtocolError } from '../errors.js'
import { compileReader, type ReadFunction } from './compile-reader.js'
import {
  compileStepwiseWriter,
  compileWriter,
  type StepwiseWriteFunction,
  type WriteFunction,
} from './compile-writer.js'
import type { AnyStruct } from './fields.js'
import { formatVersionRange, includesVersion, parseVersionRange, type VersionRange } from './version-range.js'

/** Reader and writer of one version of a message. */
export interface Codec {
  /** Message and version, for errors: `FetchRequest v12`. */
  readonly what: string
  readonly read: ReadFunction
  readonly write: WriteFunction
  /** Compiled when first used: few messages are ever that large. */
  readonly writeStepwise: StepwiseWriteFunction
}

/** A message in all its versions: its schema, and a codec a version, compiled when first used. */
export class Message<S extends AnyStruct = AnyStruct> {
  readonly name: string
  readonly versions: VersionRange
  /** Versions with compact encoding and tagged fields. */
  readonly flexible: VersionRange
  readonly schema: S
  readonly #codecs: Codec[] = []

  constructor(name: string, versions: VersionRange, flexible: VersionRange, schema: S) {
    this.name = name
    this.versions = versions
    this.flexible = flexible
    this.schema = schema
  }

  /** Throws `ProtocolError` with code `UNSUPPORTED_VERSION` for a version outside the range. */
  codec(version: number): Codec {
    return this.#codecs[version] ?? this.#compile(version)
  }

  #compile(version: number): Codec {
    if (!includesVersion(this.versions, version)) {
      const range = formatVersionRange(this.versions)
      throw new ProtocolError('UNSUPPORTED_VERSION', `${this.name} has versions ${range}, not ${version}`)
    }
    const flexible = includesVersion(this.flexible, version)
    const { schema } = this
    let stepwise: StepwiseWriteFunction | undefined
    const codec = {
      what: `${this.name} v${version}`,
      read: compileReader(schema, version, flexible),
      write: compileWriter(schema, version, flexible),
      get writeStepwise(): StepwiseWriteFunction {
        stepwise ??= compileStepwiseWriter(schema, version, flexible)
        return stepwise
      },
    }
    this.#codecs[version] = codec
    return codec
  }
}

/** Declares a message that is not a request or response of an API: headers and stored records. */
export function message<S extends AnyStruct>(declaration: {
  readonly name: string
  readonly versions: string
  readonly flexible: string
  readonly schema: S
}): Message<S> {
  const { name, versions, flexible, schema } = declaration
  return new Message(name, parseVersionRange(versions), parseVersionRange(flexible), schema)
}
