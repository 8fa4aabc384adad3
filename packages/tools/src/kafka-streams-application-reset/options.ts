import { clusterOptions } from '../command-line/client-settings.js'
import { flag, formerly, long, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import type { Invocation } from '../command-line/tool.js'

export const options = {
  'bootstrap-server': text('host:port', 'Brokers to connect to first, separated by commas.', 'localhost:9092'),
  'bootstrap-servers': formerly('bootstrap-server', clusterOptions['bootstrap-server']),
  ...outputOption,
  'application-id': text('id', 'The application.id of the application.'),
  'input-topics': texts('topic,…', 'Topics that the application reads: they are read again from the beginning.'),
  'intermediate-topics': texts('topic,…', 'Topics that it both writes and reads: what is in them is skipped.'),
  'internal-topics': texts('topic,…', 'Of the topics that would be deleted only these.'),
  'to-offset': long('offset', 'Read input topics from this offset on.'),
  'to-datetime': text('YYYY-MM-DDTHH:mm:SS.sss', 'Read input topics from this time on.'),
  'by-duration': text('PnDTnHnMnS', 'Read input topics from so long ago on.'),
  'to-earliest': flag('Read input topics from the beginning. This is the default.'),
  'to-latest': flag('Read input topics from the end.'),
  'from-file': text('file', 'Read input topics from the offsets of a file: lines of topic,partition,offset.'),
  'shift-by': long('number', 'Read input topics from so many records later, or earlier by a negative number.'),
  'dry-run': flag('Only show what would be done.'),
  'config-file': text('file', 'A properties file with settings of the client.'),
  force: flag('Take members that are left out of the group.'),
} as const

export type ResetInvocation = Invocation<typeof options>

export const scenarios = [
  'to-offset',
  'to-datetime',
  'by-duration',
  'to-earliest',
  'to-latest',
  'from-file',
  'shift-by',
] as const satisfies readonly (keyof typeof options)[]

/** Of `--input-topics a,b --input-topics c` all three. */
export function names(lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => list.split(',')).filter((name) => name !== '')
}

/** A line of text; nothing if JSON is wanted. */
export function say({ options: { output }, print }: ResetInvocation, line: string): void {
  if (output !== 'json') print(line)
}
