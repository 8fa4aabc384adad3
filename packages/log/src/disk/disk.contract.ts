import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Disk, hasCode } from './disk.js'
import { readFileIfExists, removeTree, replaceFile, unlinkIfExists } from './whole-files.js'

/** What every {@link Disk} does, whatever is behind it. */
export function diskContract(
  name: string,
  setUp: () => Promise<{ readonly disk: Disk; readonly root: string; readonly tearDown: () => Promise<void> }>,
): void {
  describe(`disk: ${name}`, () => {
    let disk: Disk
    let root: string
    let tearDown: () => Promise<void>
    before(async () => {
      const made = await setUp()
      disk = made.disk
      root = made.root
      tearDown = made.tearDown
    })
    after(async () => {
      await tearDown()
    })

    test('a file is written and read at positions', async () => {
      const file = await disk.open(`${root}/a`, { create: true })
      await file.write([Buffer.from('hello '), Buffer.from('world')], 0)
      await file.write([Buffer.from('W')], 6)
      const buffer = Buffer.alloc(20)
      assert.equal(await file.read(buffer, 0), 11)
      assert.equal(buffer.toString('latin1', 0, 11), 'hello World')
      assert.equal(await file.read(buffer.subarray(0, 3), 2), 3)
      assert.equal(buffer.toString('latin1', 0, 3), 'llo')
      assert.equal(await file.read(buffer, 11), 0)
      assert.equal(await file.size(), 11)
      await file.datasync()
      await file.close()
    })

    test('a missing file is opened only when asked to create it', async () => {
      await assert.rejects(disk.open(`${root}/missing`), (error) => hasCode(error, 'ENOENT'))
      assert.equal(await disk.stat(`${root}/missing`), undefined)
      assert.equal(await readFileIfExists(disk, `${root}/missing`), undefined)
      assert.equal(await unlinkIfExists(disk, `${root}/missing`), false)
    })

    test('opening does not cut what is there', async () => {
      const first = await disk.open(`${root}/kept`, { create: true })
      await first.write([Buffer.from('kept')], 0)
      await first.close()
      const second = await disk.open(`${root}/kept`, { create: true })
      assert.equal(await second.size(), 4)
      await second.close()
    })

    test('truncate cuts and extends with zeros', async () => {
      const file = await disk.open(`${root}/cut`, { create: true })
      await file.write([Buffer.from('abcdef')], 0)
      await file.truncate(2)
      await file.truncate(4)
      const buffer = Buffer.alloc(10)
      assert.equal(await file.read(buffer, 0), 4)
      assert.deepEqual(buffer.subarray(0, 4), Buffer.from('ab\0\0'))
      await file.close()
    })

    test('createExclusive fails when the name is taken', async () => {
      await disk.createExclusive(`${root}/once`, Buffer.from('1'))
      await assert.rejects(disk.createExclusive(`${root}/once`, Buffer.from('2')), (error) => hasCode(error, 'EEXIST'))
      assert.equal((await disk.readExclusive(`${root}/once`))?.toString(), '1')
      assert.equal(await disk.readExclusive(`${root}/never`), undefined)
    })

    test('replaceFile leaves the new content and no temporary file', async () => {
      await replaceFile(disk, `${root}/checkpoint`, 'a longer first version')
      await replaceFile(disk, `${root}/checkpoint`, 'short')
      assert.equal((await readFileIfExists(disk, `${root}/checkpoint`))?.toString(), 'short')
      assert.equal(await disk.stat(`${root}/checkpoint.tmp`), undefined)
    })

    test('an open file follows the rename of itself and of its directory', async () => {
      await disk.mkdir(`${root}/topic-0`)
      const file = await disk.open(`${root}/topic-0/x.log`, { create: true })
      await file.write([Buffer.from('one')], 0)
      await disk.rename(`${root}/topic-0/x.log`, `${root}/topic-0/x.log.deleted`)
      assert.equal(file.path, `${root}/topic-0/x.log.deleted`)
      await disk.rename(`${root}/topic-0`, `${root}/topic-0.1-delete`)
      assert.equal(file.path, `${root}/topic-0.1-delete/x.log.deleted`)
      await file.write([Buffer.from('two')], 3)
      const buffer = Buffer.alloc(6)
      await file.read(buffer, 0)
      assert.equal(buffer.toString(), 'onetwo')
      await file.close()
      assert.equal(await disk.stat(`${root}/topic-0`), undefined)
    })

    test('directories list what is in them, and go with removeTree', async () => {
      await disk.mkdir(`${root}/tree/below`)
      await (await disk.open(`${root}/tree/f`, { create: true })).close()
      const entries = await disk.readdir(`${root}/tree`)
      assert.deepEqual(entries.map((entry) => `${entry.name}${entry.isDirectory ? '/' : ''}`).sort(), ['below/', 'f'])
      assert.equal((await disk.stat(`${root}/tree`))?.isDirectory, true)
      await assert.rejects(disk.rmdir(`${root}/tree`), (error) => hasCode(error, 'ENOTEMPTY'))
      await removeTree(disk, `${root}/tree`)
      assert.equal(await disk.stat(`${root}/tree`), undefined)
      await removeTree(disk, `${root}/tree`)
    })

    test('a closed file refuses to be used', async () => {
      const file = await disk.open(`${root}/closed`, { create: true })
      await file.close()
      await assert.rejects(file.read(Buffer.alloc(1), 0), (error) => hasCode(error, 'EBADF'))
    })

    test('two files have two ids, and one file keeps its own through a rename', async () => {
      await replaceFile(disk, `${root}/id1`, 'x')
      await replaceFile(disk, `${root}/id2`, 'x')
      const first = await disk.stat(`${root}/id1`)
      assert.notEqual(first?.id, (await disk.stat(`${root}/id2`))?.id)
      await disk.rename(`${root}/id1`, `${root}/id3`)
      assert.equal((await disk.stat(`${root}/id3`))?.id, first?.id)
    })

    test('free space is known', async () => {
      const { freeBytes, totalBytes } = await disk.space(root)
      assert.ok(freeBytes > 0 && freeBytes <= totalBytes)
      await disk.syncDirectory(root)
    })
  })
}
