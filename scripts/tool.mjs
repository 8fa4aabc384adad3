// Runs one command-line tool of packages/tools from a clone: node scripts/tool.mjs kafka-server-start config/server.properties
import './node-version.mjs'

const { markRunning, setup } = await import('./setup.mjs')
await setup()
const [name, ...args] = process.argv.slice(2)
markRunning(name)
const { runTool } = await import('../packages/tools/dist/index.js')
await runTool(name, args)
