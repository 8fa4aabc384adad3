// Foreign test programs (Python, Java, Go) report their cases much like TAP: `ok - NAME`, or `not ok - NAME`, a tab and
// why, with `# ` lines of detail before it; the last line is `done`. Each case becomes a test here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProgram } from './programs.mjs'

/**
 * Declares one test that runs a program, with a subtest for each case it reports. `start` gives
 * `{ command, args, cwd, env, timeoutMs }`, once the broker is up.
 */
export function testProgram(title, start) {
  test(title, async (t) => {
    const { command, args, cwd, env, timeoutMs = 300_000 } = await start()
    const program = startProgram(command, args, { cwd, env, input: '' })
    const timer = setTimeout(() => program.kill('SIGKILL'), timeoutMs)
    let seen = 0
    const next = async () => {
      await program.waitFor(() => reports(program.stdout).length > seen || program.ended, {
        timeoutMs: timeoutMs + 1000,
      })
      return reports(program.stdout)[seen++]
    }
    for (let report = await next(); report !== undefined; report = await next()) {
      const { name, passed, why, detail } = report
      await t.test(name, () => assert.ok(passed, `${why}\n${detail}`))
    }
    clearTimeout(timer)
    const { code, signal } = await program.exited
    assert.ok(/^done$/m.test(program.stdout), `it did not reach its end (${signal ?? code}):\n${program.describe()}`)
    assert.ok(seen > 1, `it reported no case:\n${program.describe()}`)
  })
}

function reports(stdout) {
  const found = []
  let detail = []
  for (const line of stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n')) {
    const [, not, name, why = ''] = line.match(/^(not )?ok - ([^\t]+)(?:\t(.*))?$/) ?? []
    if (name !== undefined) {
      found.push({ name, passed: not === undefined, why, detail: detail.join('\n') })
      detail = []
    } else if (line.startsWith('# ')) detail.push(line.slice(2))
  }
  return found
}
