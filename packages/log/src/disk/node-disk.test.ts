import assert from 'node:assert/strict'
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
