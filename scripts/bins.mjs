// Makes the links in bin/ and the names in the package of the tools: node scripts/run.cjs bins. After a tool was added.
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

await setup()
const { toolNames } = await import('../packages/tools/dist/index.js')
const names = toolNames.flatMap((name) => [name, `${name}.sh`])
const there = new Set(readdirSync(join(root, 'bin')))
for (const name of names) if (!there.has(name)) symlinkSync('millrace', join(root, 'bin', name))
const file = join(root, 'packages/tools/package.json')
const manifest = JSON.parse(readFileSync(file, 'utf8'))
manifest.bin = Object.fromEntries(names.map((name) => [name, './dist/main.js']))
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
