/** Does something with every item, with so many at once. Rejects with the first error, after all have had their turn. */
export async function forEachOf<Item>(
  items: readonly Item[],
  concurrency: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const errors: unknown[] = []
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as Item
      next += 1
      try {
        await action(item)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work))
  if (errors.length > 0) throw errors[0]
}
