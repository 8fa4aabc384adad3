// Runs a command-line tool of packages/tools from a clone: node scripts/run.cjs tool kafka-server-start config/server.properties
import { markRunning, setup } from './setup.mjs'

await setup()
const [name, ...args] = process.argv.slice(3)
markRunning(name)
const { runTool } = await import('../packages/tools/dist/index.js')
await runTool(name, args)
