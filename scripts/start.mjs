// `npm start`: one broker on localhost:9092 with its data in ./data.
import { join } from 'node:path'
import { markRunning, root, setup } from './setup.mjs'

await setup()
markRunning('a broker')
const { millrace } = await import('../packages/tools/dist/index.js')
await millrace(['start', '--data', join(root, 'data'), ...process.argv.slice(2)])
