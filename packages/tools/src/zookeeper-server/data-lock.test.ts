import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DataLockError, lockData } from './data-lock.js'

function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-data-lock-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a folder is made, and is held by one at a time', async (t) => {
  const folder = join(temporaryFolder(t), 'not', 'there', 'yet')
  const first = await lockData([folder])
  await assert.rejects(lockData([folder]), (error) => {
    assert.ok(error instanceof DataLockError)
    assert.equal(
      error.message,
      `${folder} is in use by the process ${process.pid}: stop that, or choose another dataDir.`,
    )
    return true
  })
  await first.release()
  await (await lockData([folder])).release()
})

test('one folder in two places is one lock', async (t) => {
  const dir = temporaryFolder(t)
  const lock = await lockData([dir, join(dir, 'x', '..')])
  await lock.release()
})

test('when one of two folders is taken, the other one stays free', async (t) => {
  const dir = temporaryFolder(t)
  const [data, log] = [join(dir, 'data'), join(dir, 'log')]
  const other = await lockData([log])
  await assert.rejects(lockData([data, log]), { code: 'LOCKED' })
  await (await lockData([data])).release()
  await other.release()
})
