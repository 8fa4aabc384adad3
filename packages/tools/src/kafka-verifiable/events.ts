/** One event in a line of JSON, as Kafka's system tests read it: its time and name, and then what it says. */
export type PrintEvent = (name: string, fields?: Readonly<Record<string, unknown>>) => void

export function eventPrinter(print: (line: string) => void): PrintEvent {
  return (name, fields = {}) => print(JSON.stringify({ timestamp: Date.now(), name, ...fields }))
}
