/** More than can be told at once. */
const MANY = 1000

/** Is it an answer about so many partitions that others must have their turn while it is encoded? */
export function hasManyPartitions(answer: {
  readonly topics: readonly { readonly partitions: readonly unknown[] }[]
}): boolean {
  let count = 0
  for (const { partitions } of answer.topics) count += partitions.length
  return count > MANY
}
