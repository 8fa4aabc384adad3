import { commandLines } from '../command-lines.js'

/** Short names; any other command line goes by its own without `kafka-`. */
const shortNames: Readonly<Record<string, string>> = {
  consume: 'kafka-console-consumer',
  groups: 'kafka-consumer-groups',
  offsets: 'kafka-get-offsets',
  produce: 'kafka-console-producer',
}

/** The command line behind each short name. */
export function umbrellaNames(): ReadonlyMap<string, string> {
  const shortened = new Set(Object.values(shortNames))
  const others = Object.keys(commandLines).filter((name) => !shortened.has(name))
  return new Map(
    [...Object.entries(shortNames), ...others.map((name) => [name.replace(/^kafka-/, ''), name] as const)]
      .filter(([, name]) => name in commandLines)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
