import { clusterOptions } from '../command-line/client-settings.js'
import { flag, long, optionalText, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import type { Invocation } from '../command-line/tool.js'

export const options = {
  ...clusterOptions,
  ...outputOption,
  list: flag('Name all groups.'),
  describe: flag('Show the offsets of groups and how far they are behind; or their members, or their state.'),
  delete: flag('Delete groups without members.'),
  'reset-offsets': flag(
    'Set offsets of groups without members: by one of the --to-…, --shift-by, --by-duration and --from-file, of --topic or --all-topics.',
  ),
  'delete-offsets': flag('Forget offsets of a group.'),
  group: texts('group', 'The group.'),
  'all-groups': flag('All groups.'),
  topic: texts('topic[:partition,…]', 'The topic whose offsets are set or forgotten, or some of its partitions.'),
  'all-topics': flag('All topics that the group has offsets of.'),
  members: flag('With --describe: the members.'),
  offsets: flag('With --describe: the offsets. This is the default.'),
  verbose: flag('With --describe --members: the partitions of each member too.'),
  state: optionalText(
    'states',
    'With --describe: the state. With --list: the states too; of several with commas between, only groups that have one of them.',
  ),
  type: optionalText('types', 'With --list: the types too; or only groups of one of them (classic, consumer).'),
  timeout: long('ms', 'How long a call may take.', 5000),
  'dry-run': flag('With --reset-offsets: only show what would be. This is the default.'),
  execute: flag('With --reset-offsets: set the offsets.'),
  export: flag('With --reset-offsets: print the offsets as lines of a file for --from-file.'),
  'to-offset': long('offset', 'Set offsets to this one, or the nearest that is there.'),
  'to-datetime': text('YYYY-MM-DDTHH:mm:SS.sss', 'Set offsets to the first records that are not older.'),
  'by-duration': text('PnDTnHnMnS', 'Set offsets to the first records that are not older than this from now.'),
  'to-earliest': flag('Set offsets to the beginning.'),
  'to-latest': flag('Set offsets to the end.'),
  'to-current': flag('Leave offsets where they are, and set those that are missing to the end.'),
  'shift-by': long('number', 'Move offsets forward, or back by a negative number.'),
  'from-file': text('file', 'Set offsets to those of a file: lines of [group,]topic,partition,offset.'),
} as const

export type GroupsInvocation = Invocation<typeof options>

/** The ways to say where offsets shall go. */
export const scenarios = [
  'to-offset',
  'to-current',
  'to-datetime',
  'from-file',
  'by-duration',
  'to-earliest',
  'to-latest',
  'shift-by',
] as const satisfies readonly (keyof typeof options)[]

/** On stdout, as Kafka's tool has it; but JSON stays JSON. */
export function printError({ options: { output }, print, complain }: GroupsInvocation, message: string): void {
  if (output === 'json') complain(message)
  else print(`\nError: ${message}`)
}

/** What every call is made with. */
export function callOptions({ options: { timeout } }: GroupsInvocation): { readonly timeoutMs: number } {
  return { timeoutMs: timeout }
}
