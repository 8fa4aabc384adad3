/** What a dump finds to be wrong: gathered file by file, and told on stderr at the end. Pure. */

/** Pairs of numbers by the absolute path of a file, files in the order in which they were found. */
class Pairs {
  readonly #byFile = new Map<string, (readonly [number, number])[]>()
  readonly #order: 'as-found' | 'last-first'

  constructor(order: 'as-found' | 'last-first') {
    this.#order = order
  }

  add(file: string, first: number, second: number): void {
    const pairs = this.#byFile.get(file) ?? []
    this.#byFile.set(file, pairs)
    pairs.push([first, second])
  }

  *lines(heading: (file: string) => string, line: (first: number, second: number) => string): Iterable<string> {
    for (const [file, pairs] of this.#byFile) {
      yield heading(file)
      const ordered = this.#order === 'as-found' ? pairs : pairs.toReversed()
      for (const [first, second] of ordered) yield line(first, second)
    }
  }
}

export class Findings {
  /** Of an offset index: the offset of an entry, and the last one of the batch there (-1: there is none). */
  readonly indexMismatches = new Pairs('last-first')
  /** Of a time index: the timestamp of an entry, and the largest one of the batch. */
  readonly timestampMismatches = new Pairs('as-found')
  /** Of a time index: the timestamp of an entry, and the one before it that is not smaller. */
  readonly timestampsOutOfOrder = new Pairs('as-found')
  /** Of a time index: the offset of an entry, and the one that the log has there (-1: none). */
  readonly offsetsNotFound = new Pairs('as-found')
  /** Of a log: two records that follow each other and whose offsets do not. */
  readonly gaps = new Pairs('last-first')

  /** As Kafka's tool words them. */
  get lines(): readonly string[] {
    return [...this.#lines()]
  }

  *#lines(): Iterable<string> {
    yield* this.indexMismatches.lines(
      (file) => `Mismatches in :${file}`,
      (index, log) => `  Index offset: ${index}, log offset: ${log}`,
    )
    yield* this.timestampMismatches.lines(
      (file) => `Found timestamp mismatch in :${file}`,
      (index, log) => `  Index timestamp: ${index}, log timestamp: ${log}`,
    )
    yield* this.timestampsOutOfOrder.lines(
      (file) => `Found out of order timestamp in :${file}`,
      (index, previous) => `  Index timestamp: ${index}, Previously indexed timestamp: ${previous}`,
    )
    yield* this.offsetsNotFound.lines(
      () => 'The following indexed offsets are not found in the log.',
      (index, log) => `Indexed offset: ${index}, found log offset: ${log}`,
    )
    yield* this.gaps.lines(
      (file) => `Non-consecutive offsets in ${file}`,
      (first, second) => `  ${first} is followed by ${second}`,
    )
  }
}
