/** Each example runs alone against a broker, says what it did, and complains of nothing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from './support/broker-process.js'
import { temporaryBroker } from './support/temporary-broker.js'

const run = promisify(execFile)

for (const example of readdirSync(join(root, 'examples')).filter((name) => /\.[cm]js$/.test(name))) {
  test(`the example ${example}`, async (t) => {
    const { bootstrap } = await temporaryBroker(t)
    const { stdout, stderr } = await run(process.execPath, [join(root, 'examples', example)], {
      env: { ...process.env, BOOTSTRAP_SERVERS: bootstrap },
      timeout: 60_000,
    })
    assert.notEqual(stdout, '')
    assert.equal(stderr, '')
  })
}
