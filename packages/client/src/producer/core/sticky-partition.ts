/**
 * Where records without keys go (KIP-794): all to one partition until about a batch's worth of bytes went there, then to
 * another one, which is drawn. Those with shorter queues are drawn more often, so that a slow broker gets less.
 *
 * It decides and remembers; it does not know the cluster, and it is handed its random numbers.
 */
import assert from 'node:assert/strict'

/** The weights that partitions are drawn by. */
export interface PartitionLoads {
  readonly partitions: readonly number[]
  /** Running sums of the weights. */
  readonly cumulative: readonly number[]
}

export class StickyPartition {
  readonly #stickyBytes: number
  #current = -1
  #producedBytes = 0
  #loads: PartitionLoads | undefined

  constructor(stickyBytes: number) {
    this.#stickyBytes = Math.max(1, stickyBytes)
  }

  /** −1: none has been drawn. */
  get current(): number {
    return this.#current
  }

  /** The weights that the next one is drawn by; undefined: all alike. */
  set loads(loads: PartitionLoads | undefined) {
    this.#loads = loads
  }

  /** Draws one of `available`; with none of them, of all. `random` is from 0 up to 1. */
  draw(available: readonly number[], partitionCount: number, random: number): number {
    assert(partitionCount > 0)
    this.#producedBytes = 0
    const loads = this.#loads
    if (loads !== undefined && loads.partitions.length > 0) {
      const total = loads.cumulative[loads.cumulative.length - 1] as number
      const drawn = Math.floor(random * total)
      const index = loads.cumulative.findIndex((sum) => sum > drawn)
      this.#current = loads.partitions[index] as number
    } else if (available.length > 0) {
      this.#current = available[Math.floor(random * available.length)] as number
    } else {
      this.#current = Math.floor(random * partitionCount)
    }
    return this.#current
  }

  /**
   * So many bytes went there. Whether another one should be drawn: after a batch's worth, if `isBatchReady`; after two in any
   * case. Otherwise a batch would be left behind half full.
   */
  produced(bytes: number, isBatchReady: boolean): boolean {
    this.#producedBytes += bytes
    return (this.#producedBytes >= this.#stickyBytes && isBatchReady) || this.#producedBytes >= this.#stickyBytes * 2
  }
}

/**
 * The weights of partitions with such queues: the longest queue has weight 1, each batch less one more. Undefined where they
 * would say nothing: a topic of one partition, or all queues alike while no partition is left out.
 */
export function partitionLoads(
  partitions: readonly number[],
  queueSizes: readonly number[],
  partitionCount: number,
): PartitionLoads | undefined {
  if (partitions.length === 0 || partitionCount < 2) return undefined
  const longest = Math.max(...queueSizes)
  const areAlike = queueSizes.every((size) => size === longest)
  if (areAlike && partitions.length === partitionCount) return undefined
  let sum = 0
  const cumulative = queueSizes.map((size) => {
    sum += longest + 1 - size
    return sum
  })
  return { partitions, cumulative }
}
