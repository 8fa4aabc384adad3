import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DEFAULT_LOG_CONFIG } from '../core/log-config.js'
import { nodeEnvironment } from '../node-environment.js'
import { appendValues, numbered, readValues } from '../testing/fixtures.js'
import { LogDirectoryError } from './log-directory-error.js'
import { LogManager } from './log-manager.js'

test('log manager on a real disk: two directories, few descriptors, killed and started again', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-logs-'))
  const open = (): Promise<LogManager> =>
    LogManager.open({
      environment: nodeEnvironment({ maxOpenFiles: 5 }),
      directories: [`${root}/a`, `${root}/b`],
      brokerId: 1,
      clusterId: 'cluster',
      configOf: () => ({ ...DEFAULT_LOG_CONFIG, segmentBytes: 300 }),
    })
  try {
    const first = await open()
    for (let partition = 0; partition < 12; partition += 1) {
      await appendValues(
        await first.getOrCreate('t', partition),
        ...Array.from({ length: 9 }, (_, index) => `v${index}`),
      )
    }
    await assert.rejects(open(), (error) => error instanceof LogDirectoryError && error.pid === process.pid)
    // What kill -9 leaves: no checkpoints, no marker, and a lock of a process that is gone.
    await first.close({ clean: false })
    await writeFile(`${root}/a/.millrace.lock`, '1073741823 boot/1\n')

    const second = await open()
    assert.equal(second.cleanShutdown, false)
    assert.equal([...second.all()].length, 12)
    for (const log of second.all()) assert.deepEqual(await readValues(log), numbered(9))
    const [a, b] = await second.describeDirectories()
    assert.deepEqual([a?.logs.length, b?.logs.length], [6, 6])
    assert.ok((a?.freeBytes ?? 0) > 0)
    await second.delete('t', 3)
    await second.close()

    const third = await open()
    assert.ok(third.cleanShutdown)
    assert.equal([...third.all()].length, 11)
    for (const log of third.all()) {
      assert.equal(log.recovery.recoveredSegments, 0)
      assert.deepEqual(await readValues(log), numbered(9))
    }
    await third.close()
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
