// Our message schemas, field by field and version by version, beside Kafka's own definitions: the JSON files inside the
// published jars of 3.9 and 4.x. What differs on purpose is listed with its reason in the protocol package.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { jarsOf } from '../lib/java.mjs'
import { cacheFolder, rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'

const testing = join(rootDir, 'packages', 'protocol', 'dist', 'testing')
const { compareReleases } = await import(join(testing, 'compare-release.js'))
const { compareDefinition, readDefinition } = await import(join(testing, 'compare-definitions.js'))
const { allMessages } = await import(join(testing, 'all-messages.js'))
const { unexplained } = await import(join(testing, 'known-differences.js'))

const folders = []
for (const line of ['kafka-3.9', 'kafka-4.x']) folders.push(await unpack(line))
const { differences, uncovered } = compareReleases(folders)

test('no field differs from Kafka 3.9 or 4.x without a reason', () => {
  const open = unexplained(differences)
  const lines = open.map(
    ({ message, path, property, ours, theirs }) => `${message} ${path} ${property}: ${ours}, not ${theirs}`,
  )
  assert.deepEqual(lines, [])
})

test('every version of ours is in one of the two releases', () => {
  assert.deepEqual(uncovered, [])
})

test('every message that both releases define has been compared', () => {
  const known = new Set(folders.flatMap((folder) => definitionsBelow(folder)))
  const compared = allMessages.filter(({ name }) => known.has(name))
  assert.equal(compared.length > 60, true, `only ${compared.length} messages`)
})

test('the comparison sees a field that is renamed, and a version that is off by one', () => {
  const message = allMessages.find(({ name }) => name === 'HeartbeatRequest')
  const definition = readDefinition(join(folders[0], 'common', 'message'), 'HeartbeatRequest')
  assert.deepEqual(compareDefinition(message, definition), [])
  const [first, ...others] = definition.fields
  const renamed = { ...definition, fields: [{ ...first, name: 'Renamed' }, ...others] }
  assert.notDeepEqual(compareDefinition(message, renamed), [])
  const later = { ...definition, fields: [{ ...first, versions: '1+' }, ...others] }
  assert.notDeepEqual(compareDefinition(message, later), [])
})

async function unpack(line) {
  const folder = join(cacheFolder('definitions'), line)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const jars = readdirSync(jarsOf(line)).filter((jar) => /^kafka-(clients|[a-z]+-coordinator)-\d/.test(jar))
  for (const jar of jars) {
    const args = ['-q', '-o', join(jarsOf(line), jar), 'common/message/*.json', '-d', folder]
    const { code, stderr } = await runProgram('unzip', args)
    if (code !== 0 && code !== 11) throw new Error(`${jar}: ${stderr}`) // 11: the jar holds no such file.
  }
  return folder
}

function definitionsBelow(folder) {
  return readdirSync(folder, { recursive: true }).map((file) => file.replace(/^.*\//, '').replace(/\.json$/, ''))
}
