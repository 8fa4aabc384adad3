import { KafkaError } from '../errors.js'
import { TopicPartitionMap } from '../topic-partition.js'

/** What became of one entity. */
export type Outcome<T> = { readonly value: T } | { readonly error: KafkaError }

/**
 * Some entities of a call failed. `code` is that of the first of them, which is the `cause` too; `errors` has all, by
 * entity. What is not in it has succeeded.
 */
export class KafkaAggregateError<K = unknown> extends KafkaError {
  override readonly name = 'KafkaAggregateError'
  readonly errors: ReadonlyMap<K, KafkaError>

  constructor(what: string, errors: ReadonlyMap<K, KafkaError>) {
    const all = [...errors.values()]
    const [first] = all
    const code = first?.code ?? 'UNKNOWN_SERVER_ERROR'
    super(code, describe(what, errors), { cause: first, retriable: all.every(({ retriable }) => retriable) })
    this.errors = errors
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), errors: [...this.errors].map(([entity, error]) => ({ entity, error })) }
  }
}

/**
 * What a call about several entities gives.
 *
 * Await it, and all have succeeded, or it rejects with KafkaAggregateError. `settled()` tells for each entity what became
 * of it; it rejects only when the call as a whole was given up by its signal, or could not begin (INVALID_ARGUMENT).
 */
export class AdminResult<K, T> implements Promise<Map<K, T>> {
  readonly [Symbol.toStringTag] = 'AdminResult'
  readonly #outcomes: Promise<Map<K, Outcome<T>>>
  readonly #all: Promise<Map<K, T>>

  /** @internal */
  constructor(what: string, outcomes: Promise<Map<K, Outcome<T>>>) {
    this.#outcomes = outcomes
    this.#all = outcomes.then((settled) => valuesOf(what, settled))
  }

  /** The outcome of each entity, as `{ value }` or `{ error }`. */
  settled(): Promise<Map<K, Outcome<T>>> {
    // Whoever looks at each outcome need not hear of the failures a second time.
    this.#all.catch(() => {})
    return this.#outcomes
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise.
  then<A = Map<K, T>, B = never>(
    onFulfilled?: ((values: Map<K, T>) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all.then(onFulfilled, onRejected)
  }

  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Map<K, T> | B> {
    return this.#all.catch(onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<Map<K, T>> {
    return this.#all.finally(onFinally)
  }
}

function valuesOf<K, T>(what: string, outcomes: Map<K, Outcome<T>>): Map<K, T> {
  const values = outcomes instanceof TopicPartitionMap ? new TopicPartitionMap<T>() : new Map<K, T>()
  const errors = new Map<K, KafkaError>()
  for (const [key, outcome] of outcomes) {
    if ('error' in outcome) errors.set(key, outcome.error)
    else (values as Map<K, T>).set(key, outcome.value)
  }
  if (errors.size > 0) throw new KafkaAggregateError(what, errors)
  return values as Map<K, T>
}

const NAMED_MAX = 3

function describe(what: string, errors: ReadonlyMap<unknown, KafkaError>): string {
  const named = [...errors]
    .slice(0, NAMED_MAX)
    .map(([entity, { code, message }]) => `${entityName(entity)}: ${code}: ${message}`)
  const more = errors.size > NAMED_MAX ? `; and ${errors.size - NAMED_MAX} more` : ''
  return `${what}: ${named.join('; ')}${more}`
}

function entityName(entity: unknown): string {
  return typeof entity === 'object' ? JSON.stringify(entity) : String(entity)
}
