/**
 * The options of a command, as Apache's commons-cli reads them: letters anywhere among the arguments, several behind one
 * hyphen (`-sw`), a value as the next word or behind the letter (`-v 3`, `-v3`, `-v=3`), nothing but arguments behind `--`.
 */
import { CommandError } from './command-error.js'

export interface CommandOption {
  readonly letter: string
  readonly takesValue?: boolean
  /** Shown below the usage line, if all options of the command have it. */
  readonly about?: string
}

/** What stood behind a command's name. */
export interface CommandWords {
  readonly args: readonly string[]
  has(letter: string): boolean
  /** Of the first such option. */
  value(letter: string): string | undefined
}

/** Errors: a CommandError for an option that is unknown or lacks its value. */
export function parseCommandWords(words: readonly string[], options: readonly CommandOption[]): CommandWords {
  const parser = new WordsParser(options)
  for (const word of words) parser.take(word)
  return parser.end()
}

class WordsParser {
  readonly #options: ReadonlyMap<string, CommandOption>
  readonly #args: string[] = []
  readonly #found = new Map<string, string | undefined>()
  /** An option that waits for its value. */
  #open: string | undefined
  #onlyArgs = false

  constructor(options: readonly CommandOption[]) {
    this.#options = new Map(options.map((option) => [option.letter, option]))
  }

  take(word: string): void {
    if (this.#onlyArgs) this.#args.push(word)
    else if (word === '--') this.#onlyArgs = true
    else if (this.#open !== undefined && !this.#isOption(word)) this.#giveValue(this.#open, word)
    else if (word.startsWith('-') && word !== '-') this.#takeLetters(word)
    else this.#args.push(word)
  }

  end(): CommandWords {
    this.#refuseOpen()
    const found = this.#found
    return { args: this.#args, has: (letter) => found.has(letter), value: (letter) => found.get(letter) }
  }

  /** A negative number is a value even where a letter of that name exists: there is none. */
  #isOption(word: string): boolean {
    return word.length > 1 && word.startsWith('-') && this.#options.has(word.charAt(1))
  }

  #takeLetters(word: string): void {
    for (let at = 1; at < word.length; at++) {
      const option = this.#options.get(word.charAt(at))
      if (option === undefined) throw new CommandError(`Unrecognized option: ${word}`)
      this.#refuseOpen()
      if (!this.#found.has(option.letter)) this.#found.set(option.letter, undefined)
      if (option.takesValue !== true) continue
      this.#open = option.letter
      const rest = word.slice(at + 1)
      if (rest !== '') this.#giveValue(option.letter, rest.startsWith('=') ? rest.slice(1) : rest)
      return
    }
  }

  #giveValue(letter: string, value: string): void {
    this.#open = undefined
    if (this.#found.get(letter) === undefined) this.#found.set(letter, value)
  }

  #refuseOpen(): void {
    if (this.#open !== undefined) throw new CommandError(`Missing argument for option: ${this.#open}`)
  }
}
