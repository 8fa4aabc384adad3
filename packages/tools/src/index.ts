/** Each tool is loaded when it is run: a broker does not start with a shell's code. */
const tools: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  'kafka-server-start': async (args) => (await import('./kafka-server-start.js')).kafkaServerStart(args),
  'kafka-server-stop': async () => (await import('./kafka-server-stop.js')).kafkaServerStop(),
  millrace: async (args) => (await import('./millrace.js')).millrace(args),
  'zookeeper-server-start': async (args) =>
    (await import('./zookeeper-server/zookeeper-server-start.js')).zookeeperServerStart(args),
  'zookeeper-server-stop': async () =>
    (await import('./zookeeper-server/zookeeper-server-stop.js')).zookeeperServerStop(),
  'zookeeper-shell': async (args) => (await import('./zookeeper-shell/zookeeper-shell.js')).zookeeperShell(args),
}

/**
 * Runs a command-line tool by its name in `bin/`, with what stands after the name. Sets `process.exitCode`, or ends the
 * process; what goes wrong is one sentence on stderr.
 */
export async function runTool(name: string, args: readonly string[]): Promise<void> {
  const tool = tools[name]
  if (tool === undefined) {
    console.error(`There is no tool named ${name}. The tools are: ${Object.keys(tools).join(', ')}.`)
    process.exitCode = 1
    return
  }
  await tool(args)
}
