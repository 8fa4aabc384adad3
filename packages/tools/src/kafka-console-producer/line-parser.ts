/**
 * Lines as records (`org.apache.kafka.tools.LineMessageReader`): `headers<delimiter>key<separator>value`, each part as the
 * properties ask for it. Pure.
 */
import { ToolError } from '../command-line/tool.js'

export interface ParsedLine {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** The properties that it goes by. */
export const lineProperties = [
  'parse.key',
  'key.separator',
  'parse.headers',
  'headers.delimiter',
  'headers.separator',
  'headers.key.separator',
  'ignore.error',
  'null.marker',
] as const

export class LineParser {
  readonly #parsesKey: boolean
  readonly #parsesHeaders: boolean
  readonly #ignoresErrors: boolean
  readonly #keySeparator: string
  readonly #headersDelimiter: string
  readonly #headersSeparator: string
  readonly #headersKeySeparator: string
  readonly #nullMarker: string | undefined
  #lineNumber = 0

  /** Errors: ToolError for separators that cannot be told apart. */
  constructor(properties: ReadonlyMap<string, string>) {
    const isOn = (key: string) => properties.get(key)?.trim().toLowerCase() === 'true'
    this.#parsesKey = isOn('parse.key')
    this.#parsesHeaders = isOn('parse.headers')
    this.#ignoresErrors = isOn('ignore.error')
    this.#keySeparator = properties.get('key.separator') ?? '\t'
    this.#headersDelimiter = properties.get('headers.delimiter') ?? '\t'
    this.#headersSeparator = properties.get('headers.separator') ?? ','
    this.#headersKeySeparator = properties.get('headers.key.separator') ?? ':'
    this.#nullMarker = properties.get('null.marker')
    this.#checkSeparators()
  }

  /** Errors: ToolError for a line without a separator that it should have, unless `ignore.error` is set. */
  parse(line: string): ParsedLine {
    this.#lineNumber++
    const headers = this.#parsesHeaders ? this.#part(line, 0, this.#headersDelimiter, 'headers delimiter') : null
    const keyAt = headers === null ? 0 : headers.length + this.#headersDelimiter.length
    const key = this.#parsesKey ? this.#part(line, keyAt, this.#keySeparator, 'key separator') : null
    const valueAt = keyAt + (key === null ? 0 : key.length + this.#keySeparator.length)
    return {
      key: this.#orNull(key),
      value: this.#orNull(line.slice(valueAt)),
      headers: headers === null || headers === this.#nullMarker ? [] : this.#headers(headers),
    }
  }

  #part(line: string, from: number, separator: string, name: string): string | null {
    const at = line.indexOf(separator, from)
    if (at !== -1) return line.slice(from, at)
    if (this.#ignoresErrors) return null
    throw new ToolError(`No ${name} found on line number ${this.#lineNumber}: '${line}'`)
  }

  #headers(text: string): readonly (readonly [string, string | null])[] {
    return text.split(this.#headersSeparator).map((pair) => {
      const at = pair.indexOf(this.#headersKeySeparator)
      if (at === -1) {
        if (this.#ignoresErrors) return [pair, null]
        throw new ToolError(`No header key separator found in pair '${pair}' on line number ${this.#lineNumber}`)
      }
      const key = pair.slice(0, at)
      if (key === this.#nullMarker) {
        throw new ToolError(`Header keys should not be equal to the null marker '${key}' as they can't be null`)
      }
      return [key, this.#orNull(pair.slice(at + this.#headersKeySeparator.length))]
    })
  }

  #orNull(text: string | null): string | null {
    return text === this.#nullMarker ? null : text
  }

  #checkSeparators(): void {
    const headers = [
      ['headers.delimiter', this.#headersDelimiter],
      ['headers.separator', this.#headersSeparator],
      ['headers.key.separator', this.#headersKeySeparator],
    ] as const
    const all = [...headers, ['key.separator', this.#keySeparator] as const]
    for (const [name, separator] of all) {
      if (separator === '') throw new ToolError(`${name} must not be empty`)
      if (separator === this.#nullMarker) throw new ToolError(`null.marker and ${name} may not be equal`)
    }
    for (const [at, [name, separator]] of headers.entries()) {
      const twin = headers.slice(at + 1).find(([, other]) => other === separator)
      if (twin !== undefined) throw new ToolError(`${name} and ${twin[0]} may not be equal`)
    }
  }
}
