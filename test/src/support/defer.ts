import type { TestContext } from 'node:test'

const deferred = new WeakMap<TestContext, (() => unknown)[]>()

/** Runs `cleanUp` after the test, the last deferred first: what was started on top of something ends before it. */
export function defer(t: TestContext, cleanUp: () => unknown): void {
  const known = deferred.get(t)
  if (known !== undefined) {
    known.push(cleanUp)
    return
  }
  const cleanUps = [cleanUp]
  deferred.set(t, cleanUps)
  t.after(async () => {
    for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) await next()
  })
}
