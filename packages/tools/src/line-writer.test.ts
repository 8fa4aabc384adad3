import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LineWriter } from './line-writer.js'

const dropped = (count: number) => `dropped ${count}\n`

/** A program with a writer named `out` on its standard output, which is a pipe. */
function program(t: TestContext, body: string) {
  const writer = new URL('./line-writer.js', import.meta.url).href
  const code = `
    import { LineWriter, unblock } from '${writer}'
    unblock(process.stdout)
    const dropped = (count) => 'dropped ' + count + '\\n'
    const out = new LineWriter(1, { dropped, maxWaiting: 300_000 })
    process.on('exit', () => out.flushSync())
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a file gets all lines in order, also those that wait when the process ends', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-lines-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'log')
  const fd = openSync(file, 'a')
  const writer = new LineWriter(fd, { dropped })
  writer.write('one\n')
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      writer.write('two\n')
      writer.write('three\n')
      writer.flushSync()
      const check = () => {
        // Either of the first two may still be on its way through the thread pool.
        const lines = readFileSync(file, 'utf8').trim().split('\n')
        if (lines.length < 3) return setImmediate(check)
        assert.deepEqual(lines.toSorted(), ['one', 'three', 'two'])
        closeSync(fd)
        resolve()
      }
      check()
    })
  })
})

test('a process that ends at once has written everything', async (t) => {
  const child = program(t, `for (let i = 0; i < 1000; i++) out.write('line ' + i + '\\n'); process.exit(3)`)
  const [written, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  assert.equal(code, 3)
  assert.equal(written, Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(''))
})

test('a pipe that nobody reads holds up nothing, and what was dropped is told when somebody does', async (t) => {
  const body = `
    const line = 'x'.repeat(999) + '\\n'
    for (let i = 0; i < 2000; i++) out.write(line)
    process.stdin.once('data', () => {
      const more = setInterval(() => out.write('later\\n'), 10)
      process.stdin.once('data', () => { clearInterval(more); process.exit(0) })
    })
    setInterval(() => {}, 1000)`
  const child = program(t, body)
  // It runs on, though its output is full: it hears us.
  child.stdin.write('go')
  let written = ''
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk.toString()
    if (written.includes('later')) child.stdin.write('end')
  })
  await once(child, 'close')
  const droppedCount = [...written.matchAll(/^dropped (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  assert.ok(droppedCount > 0, written.slice(-200))
  assert.ok((written.match(/x{999}/g)?.length ?? 0) + droppedCount >= 2000, 'all are written or counted')
})

test('a process whose output nobody reads ends all the same', async (t) => {
  const child = program(t, `for (let i = 0; i < 2000; i++) out.write('x'.repeat(999) + '\\n'); process.exit(0)`)
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})

test('a reader that is gone is no reason to end', async (t) => {
  const body = `
    process.stdin.once('data', () => { out.write('lost\\n'); out.write('lost too\\n'); setTimeout(() => process.exit(5), 50) })`
  const child = program(t, body)
  child.stdout.destroy()
  child.stdin.write('go')
  const [code] = await once(child, 'exit')
  assert.equal(code, 5)
})
