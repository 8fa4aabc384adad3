import { processIo } from './command-line/process-io.js'
import { commandLines } from './command-lines.js'

/** What has no table of options. Each is loaded when it is run: a broker does not start with a shell's code. */
const programs: Readonly<Record<string, (args: readonly string[]) => Promise<unknown>>> = {
  'kafka-run-class': async (args) => (await import('./kafka-run-class.js')).kafkaRunClass(args, runTool),
  'kafka-server-start': async (args) => (await import('./kafka-server-start.js')).kafkaServerStart(args),
  'kafka-server-stop': async () => (await import('./kafka-server-stop.js')).kafkaServerStop(),
  millrace: async (args) => {
    const io = processIo()
    process.exitCode = io.exitCode(await (await import('./millrace/millrace.js')).millrace(args, io))
  },
  'zookeeper-server-start': async (args) =>
    (await import('./zookeeper-server/zookeeper-server-start.js')).zookeeperServerStart(args),
  'zookeeper-server-stop': async () =>
    (await import('./zookeeper-server/zookeeper-server-stop.js')).zookeeperServerStop(),
  'zookeeper-shell': async (args) => (await import('./zookeeper-shell/zookeeper-shell.js')).zookeeperShell(args),
}

/** Every name that `runTool` takes, in order. */
export const toolNames: readonly string[] = [...Object.keys(programs), ...Object.keys(commandLines)].sort()

/**
 * Runs a command-line tool by its name in `bin/`, with what stands after the name. Sets `process.exitCode`, or ends the
 * process; what goes wrong is one sentence on stderr.
 */
export async function runTool(name: string, args: readonly string[]): Promise<void> {
  const load = commandLines[name]
  const program = programs[name]
  if (load !== undefined) {
    const { runTool: runCommandLine } = await import('./command-line/run-tool.js')
    const io = processIo()
    process.exitCode = io.exitCode(await runCommandLine(await load(), args, io))
  } else if (program !== undefined) await program(args)
  else {
    console.error(`There is no tool named ${name}. The tools are: ${toolNames.join(', ')}.`)
    process.exitCode = 1
  }
}
