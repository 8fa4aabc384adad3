import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { hasColours } from './colours.js'
import { runTool } from './run-tool.js'
import { defineTool, ToolError, type ToolIo } from './tool.js'

const failing = defineTool({
  name: 'failing',
  summary: 'Fails.',
  options: {},
  run: (): Promise<void> => Promise.reject(new ToolError('It is not there.')),
})

/** What the tool says at a terminal, or not at one. */
async function told(env: Readonly<Record<string, string>>, isTTY = true): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY })
  const io: ToolIo = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    env,
    interruption: () => new AbortController().signal,
  }
  assert.equal(await runTool(failing, [], io, { takesNoArguments: true }), 1)
  assert.equal(hasColours(io, 'stdout'), false)
  return String(stderr.read())
}

test('errors are red at a terminal, unless NO_COLOR or a dumb terminal says otherwise', async () => {
  const plain = 'It is not there.\n'
  assert.equal(await told({}), '\u001b[31mIt is not there.\u001b[39m\n')
  assert.equal(await told({ NO_COLOR: '1' }), plain)
  assert.equal(await told({ TERM: 'dumb' }), plain)
  assert.equal(await told({}, false), plain)
})
