/** What a test has started is stopped after it, the last first; one that fails to stop does not keep the others. */
export function inReverse(t) {
  const stops = []
  t.after(async () => {
    const failures = []
    for (const stop of stops.reverse()) await Promise.resolve(stop()).catch((error) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  })
  return (stop) => stops.push(async () => stop())
}
