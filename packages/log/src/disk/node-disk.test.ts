import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diskContract } from './disk.contract.js'
import type { DiskFile } from './disk.js'
import { NodeDisk } from './node-disk.js'

async function temporaryFolder(): Promise<{ root: string; tearDown: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-disk-'))
  return { root, tearDown: () => rm(root, { recursive: true, force: true }) }
}

diskContract('node:fs', async () => ({ disk: new NodeDisk(), ...(await temporaryFolder()) }))
diskContract('node:fs with one descriptor', async () => ({
  disk: new NodeDisk({ maxOpenFiles: 1 }),
  ...(await temporaryFolder()),
}))

test('node disk: many files need few descriptors', async () => {
  const { root, tearDown } = await temporaryFolder()
  const disk = new NodeDisk({ maxOpenFiles: 4 })
  const files: DiskFile[] = []
  for (let i = 0; i < 50; i += 1) files.push(await disk.open(`${root}/${i}`, { create: true }))
  for (const [i, file] of files.entries()) await file.write([Buffer.from(`file ${i}`)], 0)
  assert.ok(disk.openDescriptors <= 4, `${disk.openDescriptors} descriptors`)

  // All at once: busy descriptors are never closed, and afterwards there are few again.
  const contents = await Promise.all(
    files.map(async (file) => {
      const buffer = Buffer.alloc(20)
      return buffer.toString('latin1', 0, await file.read(buffer, 0))
    }),
  )
  assert.deepEqual(
    contents,
    files.map((_, i) => `file ${i}`),
  )
  for (const file of files) await file.size()
  assert.ok(disk.openDescriptors <= 4, `${disk.openDescriptors} descriptors`)
  await Promise.all(files.map((file) => file.close()))
  assert.equal(disk.openDescriptors, 0)
  await tearDown()
})

test('hundreds of files used at once: only so many descriptors more than may stay open', {
  skip: process.platform === 'linux' ? false : 'counts descriptors in /proc',
}, async (t) => {
  const { root, tearDown } = await temporaryFolder()
  t.after(tearDown)
  const disk = new NodeDisk({ maxOpenFiles: 8 })
  const files: DiskFile[] = []
  for (let n = 0; n < 300; n++) files.push(await disk.open(`${root}/${n}`, { create: true }))
  const descriptors = () => readdirSync('/proc/self/fd').length
  const before = descriptors()
  let most = 0
  const sizes = Promise.all(
    files.map(async (file) => {
      const size = await file.size()
      most = Math.max(most, descriptors())
      return size
    }),
  )
  assert.deepEqual(new Set(await sizes), new Set([0]))
  assert.ok(most < before + 100, `${before} before, ${most} at most`)
  await Promise.all(files.map((file) => file.close()))
})
