// The dependencies between packages point one way (docs/ARCHITECTURE.md). Each package.json may name only the packages
// listed here; Biome's noUndeclaredDependencies then refuses any import that package.json does not name.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const allowed = {
  protocol: [],
  net: ['protocol'],
  log: ['protocol'],
  zookeeper: [],
  broker: ['protocol', 'log', 'zookeeper'],
  client: ['protocol', 'net'],
  tools: ['protocol', 'log', 'zookeeper', 'broker', 'client'],
}

const mistakes = []
for (const name of readdirSync(join(root, 'packages'))) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  const may = allowed[name]
  if (!may) mistakes.push(`packages/${name} has no line in scripts/check-layers.mjs`)
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const [, inner] = dependency.match(/^@millrace\/(.+)$/) ?? []
    if (inner && may && !may.includes(inner)) mistakes.push(`packages/${name} must not depend on ${dependency}`)
  }
}
// A folder named core/ is pure. Biome refuses clocks, timers and imports of node:* there; what it cannot see is this.
const impure = /\b(?:async|await)\b|\bMath\.random\b/
for (const name of readdirSync(join(root, 'packages'))) {
  for (const file of readdirSync(join(root, 'packages', name, 'src'), { recursive: true })) {
    if (!/(?:^|\/)core\/.*\.ts$/.test(file) || /\.(?:test|contract|fuzz)\.ts$/.test(file)) continue
    const code = readFileSync(join(root, 'packages', name, 'src', file), 'utf8').replace(/\/\*.*?\*\/|\/\/.*$/gms, '')
    if (impure.test(code))
      mistakes.push(`packages/${name}/src/${file} must not be asynchronous or random: core/ is pure`)
  }
}

if (mistakes.length > 0) {
  console.error(mistakes.join('\n'))
  process.exit(1)
}
