import { clusterOptions, controllerOption } from '../command-line/client-settings.js'
import { flag, long, text } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import { type Invocation, ToolError } from '../command-line/tool.js'

export const options = {
  ...clusterOptions,
  ...outputOption,
  ...controllerOption,
  zookeeper: text('host:port[/chroot]', 'The way to the brokers in old command lines. Use --bootstrap-server.'),
  generate: flag('Propose an assignment of topics to brokers. Nothing is moved.'),
  execute: flag('Begin to move replicas.'),
  verify: flag('Show how far it is; at the end, take back the throttles.'),
  cancel: flag('Give up moves that are under way.'),
  list: flag('Show all moves that are under way.'),
  'reassignment-json-file': text(
    'file',
    'Where replicas shall be: {"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any","/data"]}]}',
  ),
  'topics-to-move-json-file': text('file', 'With --generate: the topics: {"version":1,"topics":[{"topic":"t"}]}'),
  'broker-list': text('id,…', 'With --generate: the brokers.'),
  'disable-rack-aware': flag('With --generate: do not care for racks.'),
  throttle: long('bytes', 'With --execute: how fast brokers may copy, in bytes a second. The default is no limit.', -1),
  'replica-alter-log-dirs-throttle': long(
    'bytes',
    'With --execute: how fast brokers may copy between their log directories, in bytes a second. The default is no limit.',
    -1,
  ),
  timeout: long('ms', 'How long to wait until moves between log directories begin.', 10_000),
  additional: flag('With --execute: also if other moves are under way, or to change the throttle of these.'),
  'preserve-throttles': flag('Leave throttles as they are.'),
} as const

export type ReassignInvocation = Invocation<typeof options>

/** A line of text; nothing if JSON is wanted. */
export function say({ options: { output }, print }: ReassignInvocation, line: string): void {
  if (output !== 'json') print(line)
}

/** Told as it stands; other failures of this tool begin with `Error: `. */
export class TerseError extends ToolError {}
