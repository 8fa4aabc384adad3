/** The properties of a broker are wrong: everything that is, at once. */
export class BrokerConfigError extends Error {
  override readonly name = 'BrokerConfigError'
  /** Sentences that name the key each. */
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}
