// `npm test`
import './node-version.mjs'

await import('./run-tests.mjs')
