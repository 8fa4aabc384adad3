// franz-go (kgo and kadm): idempotent producer with every codec, groups with a rebalance, commit and resumption,
// offsets by time, the admin calls, transactions or their refusal.

import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokerForFile } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { cacheFolder } from '../lib/paths.mjs'
import { findGo } from '../lib/prerequisites.mjs'
import { mustRun } from '../lib/programs.mjs'

const program = join(cacheFolder('franz-go'), 'franz-go')
const cwd = fileURLToPath(new URL('.', import.meta.url))
await mustRun(findGo(), ['build', '-o', program, '.'], { cwd, timeoutMs: 600_000 })
const broker = await brokerForFile({ after })

testProgram('franz-go', () => ({ command: program, args: [broker.bootstrap] }))
