/**
 * Reads settings one by one and keeps what is wrong with them. A setting with a mistake reads as its default, so that the
 * reading goes on and all mistakes are told at once.
 */
export class PropertyReader {
  readonly mistakes: string[] = []
  readonly #properties: ReadonlyMap<string, string>
  readonly #asked = new Set<string>()

  constructor(properties: ReadonlyMap<string, string>) {
    this.#properties = properties
  }

  /** Keys that were asked for, set or not. */
  get asked(): readonly string[] {
    return [...this.#asked]
  }

  /** Entries that nobody has asked for. */
  get others(): ReadonlyMap<string, string> {
    return new Map([...this.#properties].filter(([key]) => !this.#asked.has(key)))
  }

  /** The value without surrounding spaces; an empty one is as good as none. */
  text(key: string): string | undefined {
    this.#asked.add(key)
    const value = this.#properties.get(key)?.trim()
    return value === '' ? undefined : value
  }

  list(key: string): readonly string[] | undefined {
    const items = (this.text(key) ?? '').split(',').map((item) => item.trim())
    const named = items.filter((item) => item !== '')
    return named.length === 0 ? undefined : named
  }

  /** A whole number of 32 bits, from `min` to `max`. */
  int<Default>(key: string, fallback: Default, { min = 0, max = 2 ** 31 - 1 } = {}): number | Default {
    const value = this.text(key)
    if (value === undefined) return fallback
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    this.mistakes.push(`${key} must be a whole number from ${min} to ${max}, not '${value}'.`)
    return fallback
  }

  port<Default>(key: string, fallback: Default): number | Default {
    return this.int(key, fallback, { max: 65_535 })
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.#either(key, 'true', 'false') ?? fallback
  }

  /** ZooKeeper's older switches say yes and no; true and false are taken as well. */
  yesOrNo(key: string, fallback: boolean): boolean {
    return this.#either(key, 'yes', 'no') ?? fallback
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    const choice = choices.find((candidate) => candidate.toLowerCase() === value.toLowerCase())
    if (choice === undefined) this.mistakes.push(`${key} must be one of ${choices.join(', ')}, not '${value}'.`)
    return choice
  }

  #either(key: string, positive: string, negative: string): boolean | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    const lower = value.toLowerCase()
    if (lower === positive || lower === 'true') return true
    if (lower === negative || lower === 'false') return false
    this.mistakes.push(`${key} must be ${positive} or ${negative}, not '${value}'.`)
    return undefined
  }
}
