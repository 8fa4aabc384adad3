// Runs a step of a script with Apache's tool and with ours, and says where they differ.
import { join } from 'node:path'
import { rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'

/** Each side works with names of its own, of the same length: `@orders` is `apache-orders` and `ours--orders`. */
const sides = { apache: 'apache-', ours: 'ours---' }

/** Runs the steps on both sides, one after the other. Resolves with the differences, one text for each step that has some. */
export async function compareScript({ tools, broker, steps }) {
  const differences = []
  for (const step of steps) {
    const results = {}
    for (const side of ['apache', 'ours']) {
      const named = (text) => text.replaceAll('@', sides[side])
      const args = step.args.map(named)
      if (!step.offline) args.push(...(step.server ?? ['--bootstrap-server', broker.bootstrap]))
      const options = { input: named(step.input ?? ''), fresh: step.fresh }
      const run = () => (side === 'apache' ? tools.run(step.tool, args, options) : runOurs(step.tool, args, options))
      const done = step.until ?? (() => true)
      let result = await run()
      for (let tries = 0; tries < 40 && !done(result); tries++) result = await run()
      results[side] = masked(result, sides[side], broker)
    }
    const found = differencesOf(step, results)
    if (found.length > 0) differences.push(`${step.tool} ${step.args.join(' ')}\n${found.join('\n')}`)
  }
  return differences
}

function runOurs(tool, args, { input }) {
  return runProgram(join(rootDir, 'bin', tool), args, { input, timeoutMs: 90_000 })
}

function differencesOf(
  { stdout = 'same', stderr = 'first', code = 'same', sorted = false, joined = false },
  { apache, ours },
) {
  const found = []
  const check = (what, theirs, own) => {
    if (theirs !== own)
      found.push(`  ${what} of Apache: ${JSON.stringify(theirs)}\n  ${what} of ours:   ${JSON.stringify(own)}`)
  }
  const inOrder = (text) => {
    const lines = sorted ? text.split('\n').sort() : text.split('\n')
    return lines.join(joined ? '' : '\n')
  }
  if (code === 'same') check('exit code', apache.code, ours.code)
  if (stdout === 'same') check('stdout', inOrder(apache.stdout), inOrder(ours.stdout))
  if (stderr === 'first') check('stderr', apache.stderr.split('\n')[0], ours.stderr.split('\n')[0])
  return found
}

/** Without what differs from run to run, and without what only a Java program prints: log lines, stack traces. */
function masked({ code, stdout, stderr }, prefix, { bootstrap }) {
  const mask = (text) =>
    text
      .replaceAll(prefix, '@')
      .replaceAll(bootstrap, 'BOOTSTRAP')
      .replace(/\b(?:localhost|127\.0\.0\.1)(?:\/127\.0\.0\.1)?:\d+/g, 'HOST:PORT')
      .replace(/TopicId: [\w-]{22}/g, 'TopicId: ID')
      .replace(/CreateTime:\d{13}/g, 'CreateTime:TIME')
      .replace(/console-consumer-\d+/g, 'console-consumer-N')
  return { code, stdout: mask(withoutLog(stdout)), stderr: mask(withoutLog(stderr)) }
}

function withoutLog(text) {
  const isLog = (line) =>
    /^\[?\d{4}-\d\d-\d\d[ T]/.test(line) ||
    /^\s+at [\w.$/<>]+\(/.test(line) ||
    /^(Caused by: |\t\.\.\. )/.test(line) ||
    /^ \(org\.apache\.|^(ToolServer\$Exited: )?exit \d$|^Building \.\.\.$/.test(line) ||
    /^(java|org\.apache|joptsimple|kafka)\.[\w.$]*(?:Exception|Error)\b/.test(line) ||
    /^\(?SLF4J|^log4j/.test(line)
  return text
    .split('\n')
    .filter((line) => !isLog(line))
    .join('\n')
}
