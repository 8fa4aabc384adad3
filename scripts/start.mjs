// `npm start`: one broker on localhost:9092 with its data in ./data.
import { pathToFileURL } from 'node:url'
import { bundleFile, markRunning, root, setup } from './setup.mjs'

await setup()
markRunning('a broker')
const { runTool } = await import(pathToFileURL(bundleFile).href)
await runTool('millrace', ['start', '--data', `${root}/data`, ...process.argv.slice(3)])
