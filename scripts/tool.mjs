// Runs a command-line tool of packages/tools from a clone: node scripts/run.cjs tool kafka-server-start config/server.properties
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { bundleFile, markRunning, setup } from './setup.mjs'

const [name, ...args] = process.argv.slice(3)
// Stopping must be possible while a reinstall waits for it.
if (!/-server-stop$/.test(name) || !existsSync(bundleFile)) {
  await setup()
  markRunning(name)
}
const { runTool } = await import(pathToFileURL(bundleFile).href)
await runTool(name, args)
