// The Go clients that Debian 12 ships: sarama 1.22 (2019) as with brokers of 0.11 to 2.2, kafka-go 0.2 (2018) and
// optiopay's (2015). What they do with versions that nobody serves since Kafka 4 must fail at once.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { testProgram } from '../lib/cases.mjs'
import { cacheFolder, interopDir } from '../lib/paths.mjs'
import { findGo } from '../lib/prerequisites.mjs'
import { mustRun } from '../lib/programs.mjs'

const folder = join(cacheFolder('go-debian'), 'src')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const here = fileURLToPath(new URL('.', import.meta.url))
for (const name of readdirSync(here).filter((each) => each.endsWith('.go'))) {
  copyFileSync(join(here, name), join(folder, name))
}
copyFileSync(join(interopDir, 'franz-go', 'cases.go'), join(folder, 'cases.go'))
// Debian's packages are sources in a GOPATH, from before there were modules; a program of such has one folder.
const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' }
await mustRun(findGo(), ['build', '-o', 'go-debian', '.'], { cwd: folder, env, timeoutMs: 600_000 })
const broker = await brokerForFile({ after })

testProgram('Go clients of Debian', () => ({ command: join(folder, 'go-debian'), args: [broker.bootstrap, target] }))
