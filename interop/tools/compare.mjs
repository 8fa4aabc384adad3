// Runs a step of a script with Apache's tool and with ours, and says where they differ.
//
// A step: `tool`, `args`, and where they are of use:
//   input      what the tool reads from standard input
//   file       content of a file; FILE in the arguments is its name
//   offline    no broker is named. Otherwise `--bootstrap-server` is added, unless the arguments have BOOTSTRAP, the address
//              of the broker, ZOOKEEPER, that of its ZooKeeper, or CONTROLLER, that of its KRaft controller: without one the
//              step is left out
//   notOn      the kinds of broker that cannot serve it
//   fresh      Apache's in a JVM of its own: it ends the one it is in
//   alone      one side after the other: it is about what both share
//   until      runs again until this holds for the result
//   stdout, stderr, code   'different' where a difference is known (the script says which), else they must be the same;
//              of stderr the first line is compared
//   sorted, joined         lines in any order, without blanks around them; without line ends
//   mask       changes both outputs before they are compared
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'

/** Each side works with names of its own, of the same length: `@orders` is `apache-groups-orders` and `ours---groups-orders`. */
const sides = { apache: 'apache-', ours: 'ours---' }
const repeats = 40

/** Runs the steps of a script on both sides. Resolves with the differences, one text for each step that has some. */
export async function compareScript(name, { steps }, { tools, broker, zookeeper }) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tools-'))
  const differences = []
  try {
    for (const step of steps.filter((each) => isFor(each, tools, broker, zookeeper))) {
      const compared = await compareStep(step, { tools, broker, zookeeper, folder, script: name })
      if (compared !== undefined) differences.push(compared)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return differences
}

function isFor({ tool, args, notOn = [] }, tools, { kind, controller }, zookeeper) {
  const isThere = !(args.includes('ZOOKEEPER') && zookeeper === undefined)
  return (
    tools.has(tool) && !notOn.includes(kind) && isThere && !(args.includes('CONTROLLER') && controller === undefined)
  )
}

async function compareStep(step, { tools, broker, zookeeper, folder, script }) {
  const resultOf = async (side) => {
    const prefix = `${sides[side]}${script}-`
    const { args, input } = commandOf(step, { prefix, broker, zookeeper, folder })
    const run = () =>
      side === 'apache'
        ? tools.run(step.tool, args, { input, fresh: step.fresh ?? false })
        : runOurs(step.tool, args, input)
    const done = step.until ?? (() => true)
    let result = await run()
    for (let tries = 0; tries < repeats && !done(result); tries++) result = await run()
    return masked(result, { step, prefix, broker, folder })
  }
  const first = resultOf('apache')
  if (step.alone) await first
  const [apache, ours] = await Promise.all([first, resultOf('ours')])
  const found = differencesOf(step, { apache, ours })
  return found.length === 0 ? undefined : `${step.tool} ${step.args.join(' ')}\n${found.join('\n')}`
}

function commandOf({ args, input = '', file, offline = false }, { prefix, broker, zookeeper, folder }) {
  const path = join(folder, `${prefix}file`)
  const places = {
    '@': prefix,
    BOOTSTRAP: broker.bootstrap,
    ZOOKEEPER: zookeeper,
    CONTROLLER: broker.controller,
    FILE: path,
  }
  const named = (text) => text.replace(/@|BOOTSTRAP|ZOOKEEPER|CONTROLLER|FILE/g, (place) => places[place])
  if (file !== undefined) writeFileSync(path, named(file))
  const isNamed = offline || args.some((arg) => /BOOTSTRAP|ZOOKEEPER|CONTROLLER/.test(arg))
  return {
    input: named(input),
    args: [...args.map(named), ...(isNamed ? [] : ['--bootstrap-server', broker.bootstrap])],
  }
}

function runOurs(tool, args, input) {
  return runProgram(join(rootDir, 'bin', tool), args, { input, timeoutMs: 90_000 })
}

function differencesOf(step, { apache, ours }) {
  const { stdout = 'same', stderr = 'same', code = 'same' } = step
  const found = []
  const check = (what, theirs, own) => {
    if (theirs !== own)
      found.push(`  ${what} of Apache: ${JSON.stringify(theirs)}\n  ${what} of ours:   ${JSON.stringify(own)}`)
  }
  if (code === 'same') check('exit code', apache.code, ours.code)
  if (stdout === 'same') check('stdout', arranged(apache.stdout, step), arranged(ours.stdout, step))
  if (stderr === 'same') check('stderr', apache.stderr.split('\n')[0], ours.stderr.split('\n')[0])
  return found
}

function arranged(text, { sorted = false, joined = false }) {
  const lines = sorted
    ? text
        .split('\n')
        .map((line) => line.trim())
        .sort()
    : text.split('\n')
  return lines.join(joined ? '' : '\n')
}

/** Without what differs from run to run, and without what only a Java program prints: log lines, stack traces, classes. */
function masked({ code, stdout, stderr }, { step, prefix, broker, folder }) {
  const own = step.mask ?? ((text) => text)
  const mask = (text) =>
    own(
      withoutLog(text)
        .replaceAll(prefix, '@')
        .replaceAll(broker.bootstrap, 'BOOTSTRAP')
        .replaceAll(folder, 'FOLDER')
        .replace(/\b(?:localhost|127\.0\.0\.1)(?:\/127\.0\.0\.1)?:\d+/g, 'HOST:PORT')
        .replace(/TopicId: [\w-]{22}/g, 'TopicId: ID')
        .replace(/CreateTime:\d{13}/g, 'CreateTime:TIME')
        .replace(/console-consumer-\d+/g, 'console-consumer-N')
        .replace(/(?:[a-z]\w*\.)+\w+(?:Exception|Error): /g, '')
        // Ours says which of Kafka's calls the broker lacks, and which versions would do.
        .replace(/The (?:node does not support|brokers do not support this:) .*/g, 'UNSUPPORTED'),
    )
  return {
    code,
    stdout: mask(stdout.replace(traces, '')),
    stderr: mask(stderr.replace(logged, '').replace(traces, '$1\n')),
  }
}

const frames = '(?:(?:\\s+at |Caused by: |\\s*\\.\\.\\. |\\tSuppressed: ).*\\n)'
const thrown = '(?:Exception in thread \\S+ )?((?:[a-z]\\w*\\.)+[\\w$]+(?:: .*)?)\\n'
/** A stack trace, `$1` is what was thrown; and one below a line of the log. */
const traces = new RegExp(`^${thrown}${frames}+\\n?`, 'gm')
const logged = new RegExp(`^\\[?\\d{4}-\\d\\d-\\d\\d[ T].*\\n(?:${thrown})?${frames}+`, 'gm')

function withoutLog(text) {
  const isLog = (line) =>
    /^\[?\d{4}-\d\d-\d\d[ T]/.test(line) ||
    /^ \(org\.apache\.|^ \(kafka\.|^Building \.\.\.$/.test(line) ||
    /^\(?SLF4J|^log4j/.test(line)
  return text
    .split('\n')
    .filter((line) => !isLog(line))
    .join('\n')
}
