/** node dist/main.js kafka-server-start server.properties */
import { runTool } from './index.js'

const [name = '', ...args] = process.argv.slice(2)
await runTool(name, args)
