import { kafkaServerStart } from './kafka-server-start.js'
import { kafkaServerStop } from './kafka-server-stop.js'
import { millrace } from './millrace.js'

const tools: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  'kafka-server-start': kafkaServerStart,
  'kafka-server-stop': kafkaServerStop,
  millrace,
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
