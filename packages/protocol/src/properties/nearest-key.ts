/** The known key that an unknown one is most like, if it is like one at all: by the pairs of letters that they share. */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let best = 0.5
  for (const candidate of known) {
    const likeness = shareOfPairs(pairsOf(unknown), pairsOf(candidate))
    if (likeness > best) [nearest, best] = [candidate, likeness]
  }
  return nearest
}

function pairsOf(text: string): ReadonlySet<string> {
  const padded = ` ${text.toLowerCase()} `
  return new Set(Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2)))
}

/** Dice's coefficient. */
function shareOfPairs(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0
  for (const pair of a) if (b.has(pair)) shared++
  return (2 * shared) / (a.size + b.size)
}
