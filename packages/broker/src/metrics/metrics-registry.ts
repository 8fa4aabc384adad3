/**
 * All metrics of one broker, as families of series that are read when they are asked for.
 *
 * A family walks over what it tells of line by line, so that whoever writes the lines can let others work in between: with ten
 * thousand partitions no scrape holds the event loop. What it walks over may therefore change meanwhile.
 */
import assert from 'node:assert/strict'
import { type Labels, labelText, type MetricType, metricHeader, metricLine } from './exposition.js'

export interface MetricFamily {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  /** Whole lines. An empty one is a place to pause where a long walk has nothing to tell. */
  lines(): Iterable<string>
}

/** Called before each scrape, for what cannot be read at once. If it fails or hangs, the values stay as they were. */
export type Preparation = () => Promise<void>

/** How long a scrape waits for preparations: a disk that hangs is when metrics are wanted most. */
const preparationMs = 1000

const nameFormat = /^[a-z_][a-z0-9_]*$/

export class MetricsRegistry {
  readonly #families = new Map<string, MetricFamily>()
  readonly #preparations: Preparation[] = []

  add(...families: readonly MetricFamily[]): void {
    for (const family of families) {
      assert(nameFormat.test(family.name), `${family.name} is the name of a metric`)
      assert(!this.#families.has(family.name), `${family.name} is one metric`)
      this.#families.set(family.name, family)
    }
  }

  prepareWith(preparation: Preparation): void {
    this.#preparations.push(preparation)
  }

  async prepare(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, preparationMs).unref()
    })
    await Promise.race([Promise.allSettled(this.#preparations.map((prepare) => prepare())), timeout])
    clearTimeout(timer)
  }

  /** The whole exposition, in pieces. */
  *lines(): IterableIterator<string> {
    for (const family of this.#families.values()) {
      yield metricHeader(family.name, family.type, family.help)
      yield* family.lines()
    }
  }

  names(): string[] {
    return [...this.#families.keys()]
  }
}

type Series = readonly [labels: Labels, value: number]

/** A value that is read at the scrape. */
export function singleValue(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  read: () => number | undefined,
): MetricFamily {
  return {
    name,
    type,
    help,
    *lines() {
      const value = read()
      if (value !== undefined) yield metricLine(name, '', value)
    },
  }
}

/** Values with labels, read at the scrape; undefined is a place to pause. */
export function seriesOf(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  read: () => Iterable<Series | undefined>,
): MetricFamily {
  return {
    name,
    type,
    help,
    *lines() {
      for (const series of read()) yield series === undefined ? '' : metricLine(name, labelText(series[0]), series[1])
    },
  }
}

/** How many items are of a kind, as a gauge. Walks over all of them, with places to pause. */
export function countOf<Item>(
  name: string,
  help: string,
  items: () => Iterable<Item>,
  counts: (item: Item) => boolean,
): MetricFamily {
  return {
    name,
    type: 'gauge',
    help,
    *lines() {
      let count = 0
      for (const item of items()) {
        if (counts(item)) count += 1
        yield ''
      }
      yield metricLine(name, '', count)
    },
  }
}
