// node-rdkafka with the librdkafka that it brings (2.12): the end-to-end specs of its npm package, as they are, each case
// in a process of its own. All of them write to one topic, so that one runs after the other.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { npmPackagesOf } from '../lib/npm-packages.mjs'
import { runProgram } from '../lib/programs.mjs'

const specs = ['admin', 'both', 'consumer', 'groups', 'producer']

/** What our broker does not serve; against Apache's it runs. */
const specsUnserved = {
  'producer-transaction': 'transactions: the broker refuses a transactional id',
}

const emptyIsNull =
  'fails against Apache 3.9 too: an empty Buffer of this Node has no address, which librdkafka takes for null'

/** Cases that fail with every broker, always or now and then. */
const casesThatFail = {
  'Consumer committed and position should obey the timeout':
    'asks no broker, having no partition: two threads of librdkafka race, and the answer may be there within its 0 ms',
  'Consumer/Producer should be able to produce and consume messages: empty buffer key and empty value': emptyIsNull,
  'Consumer/Producer should be able to produce and consume messages: empty key and empty value': emptyIsNull,
  'Producer with_dr_msg_cb should produce a message with an empty payload and empty key (https://github.com/Blizzard/node-rdkafka/issues/117)':
    emptyIsNull,
}

const packages = npmPackagesOf('node-rdkafka')
const cwd = join(packages, 'node-rdkafka')
const broker = await brokerForFile({ after })

test('no spec of the package is forgotten', () => {
  const files = readdirSync(join(cwd, 'e2e')).filter((name) => name.endsWith('.spec.js'))
  const known = [...specs, ...Object.keys(specsUnserved)].map((name) => `${name}.spec.js`)
  assert.deepEqual(files.sort(), known.sort())
})

for (const name of specs) testSpec(name)

for (const [name, reason] of Object.entries(specsUnserved)) {
  if (target === 'millrace') test(`${name}.spec.js`, { skip: reason })
  else testWholeSpec(name)
}

function testSpec(name) {
  test(`${name}.spec.js`, async (t) => {
    const cases = await mocha(name, ['--dry-run'])
    assert.ok(cases.length > 0)
    for (const { title } of cases) {
      await t.test(title, { skip: casesThatFail[title] ?? false }, async () => {
        const reports = await mocha(name, ['--grep', `^${escaped(title)}$`])
        assert.equal(reports[0]?.title, title)
        for (const { passed, detail } of reports) assert.ok(passed, detail)
      })
    }
  })
}

/** A spec whose cases build on each other, in one process. */
function testWholeSpec(name) {
  test(`${name}.spec.js`, async (t) => {
    for (const { title, passed, detail } of await mocha(name, [])) {
      await t.test(title, () => assert.ok(passed, detail))
    }
  })
}

/** Runs (or lists) cases of a spec; resolves to what the reporter says. */
async function mocha(name, args, attempts = 2) {
  const besides = (file) => fileURLToPath(new URL(file, import.meta.url))
  const options = [
    '--exit',
    '--timeout',
    '60000',
    '--reporter',
    besides('reporter.cjs'),
    '--require',
    besides('topics.cjs'),
  ]
  const command = [join(packages, 'mocha', 'bin', 'mocha.js'), ...options, ...args, join('e2e', `${name}.spec.js`)]
  const env = { KAFKA_HOST: broker.bootstrap }
  const { code, stdout, stderr } = await runProgram(process.execPath, command, { cwd, env, timeoutMs: 130_000 })
  const reports = stdout.split('\n').filter((line) => line.startsWith('{"title":'))
  // Its native code crashes once in a long while; what a broker does to it would show again.
  if (reports.length === 0 && attempts > 1) return await mocha(name, args, attempts - 1)
  assert.ok(reports.length > 0, `mocha reported nothing (${code}):\n${stdout}${stderr}`)
  return reports.map((line) => JSON.parse(line))
}

function escaped(text) {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}
