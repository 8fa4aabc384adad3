import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Progress } from './progress.js'

function terminal({ isTTY }: { readonly isTTY: boolean }) {
  return Object.assign(new PassThrough(), { isTTY })
}

/** What stands on stderr after a second and a half of work. */
function shown(stdoutIsTTY: boolean, stderrIsTTY: boolean, isBesideOutput = false): string {
  const nowMs = { at: 0 }
  const stderr = terminal({ isTTY: stderrIsTTY })
  const progress = new Progress({ stdout: terminal({ isTTY: stdoutIsTTY }), stderr }, 'x.log', {
    isBesideOutput,
    now: () => nowMs.at,
  })
  for (const [done, atMs] of [
    [1, 500],
    [2, 1200],
    [3, 1300],
    [9, 1500],
  ] as const) {
    nowMs.at = atMs
    progress.at(done, 10)
  }
  progress.end()
  progress.end()
  return String(stderr.read() ?? '')
}

test('progress: from the first second on, four times a second, and gone at the end', () => {
  assert.equal(shown(false, true), '\rx.log: 20 %\u001b[K\rx.log: 90 %\u001b[K\r\u001b[K')
})

test('progress: not where stderr is no terminal, or stdout is at the same one', () => {
  assert.equal(shown(false, false), '')
  assert.equal(shown(true, true), '')
  assert.notEqual(shown(true, true, true), '')
})
