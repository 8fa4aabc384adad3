/** `kafka-dump-log`: what lies in the files of a partition (`DumpLogSegments`). */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { requireOptions } from '../command-line/checks.js'
import { flag, integer, optionalText, text } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import { PacedOutput } from '../command-line/paced-output.js'
import { Progress } from '../command-line/progress.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { decodeGroupRecord, decodeTransactionRecord, type RecordDecoder } from '../internal-topics/dump-decoders.js'
import { decoderByClasses } from './decoders.js'
import { dumpOffsetIndex, dumpTimeIndex, dumpTransactionIndex } from './dump-indexes.js'
import { dumpLog } from './dump-log.js'
import { dumpProducers } from './dump-producers.js'
import { type Fact, factJson, factText } from './facts.js'
import { Findings } from './findings.js'

const STRING_DECODER = 'org.apache.kafka.tools.api.StringDecoder'
const ALL_BYTES = 0x7fff_ffff

const options = {
  files: text('file,file,…', 'What to show: .log, .index, .timeindex, .txnindex and .snapshot files of partitions.'),
  'print-data-log': flag('Show keys and values of records too. Any decoder implies it.'),
  'deep-iteration': flag('Show each record, not only batches. --print-data-log implies it.'),
  'verify-index-only': flag('Compare indexes with the log, and show only what does not fit.'),
  'index-sanity-check': flag('Check indexes only as a broker does when it starts.'),
  'max-message-size': integer('bytes', 'As much of the log is read for an entry of an index.', 5 * 1024 * 1024),
  'max-bytes': integer('bytes', 'As much is read of each log.', ALL_BYTES),
  'key-decoder-class': optionalText(
    'class',
    'What makes text of keys: StringDecoder, LongDecoder, IntegerDecoder or DefaultDecoder.',
  ),
  'value-decoder-class': optionalText('class', 'The same of values.'),
  'offsets-decoder': flag('The records are those of __consumer_offsets.'),
  'transaction-log-decoder': flag('The records are those of __transaction_state.'),
  'cluster-metadata-decoder': flag('Not there: the metadata log of KRaft is not read.'),
  'remote-log-metadata-decoder': flag('Not there: metadata of tiered storage is not read.'),
  'share-group-state-decoder': flag('Not there: the state of share groups is not read.'),
  'skip-record-metadata': flag('Show of records only key and value.'),
  ...outputOption,
} as const

type DumpInvocation = Invocation<typeof options>

export const kafkaDumpLog = defineTool({
  name: 'kafka-dump-log',
  summary: 'Shows what lies in the files of a partition: batches, records, indexes, producers.',
  options,
  async run(invocation) {
    const { options: values, given, io, complain } = invocation
    requireOptions(given, 'files')
    checkDecoders(given)
    const findings = new Findings()
    const output = new PacedOutput(io.stdout)
    const toLine = lineOf(invocation)
    try {
      for (const name of (values.files ?? '').split(',')) {
        const file = pathOf(name)
        for (const fact of facts(file, invocation, findings)) {
          if (isLeftOut(fact, values['verify-index-only'])) continue
          const written = output.print(toLine(fact))
          if (written !== undefined) await written
        }
      }
    } finally {
      await output.flush()
    }
    for (const line of findings.lines) complain(line)
  },
})

const missingDecoders = [
  'cluster-metadata-decoder',
  'remote-log-metadata-decoder',
  'share-group-state-decoder',
] as const

function checkDecoders(given: DumpInvocation['given']): void {
  for (const name of missingDecoders) {
    if (given.has(name)) {
      throw new ToolError(
        `There is no decoder for --${name}: leave it out, and batches and sizes of records are shown.`,
      )
    }
  }
}

/** As Java's File has it: no slash twice, none at the end. */
function pathOf(name: string): string {
  return name.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
}

function isLeftOut({ kind }: Fact, isVerifyOnly: boolean): boolean {
  return isVerifyOnly && (kind === 'offset-index-entry' || kind === 'time-index-entry')
}

function lineOf({ options: values }: DumpInvocation): (fact: Fact) => string {
  if (values.output === 'json') return factJson
  const skipRecordMetadata = values['skip-record-metadata']
  return (fact) => factText(fact, { skipRecordMetadata })
}

function* facts(file: string, invocation: DumpInvocation, findings: Findings): Generator<Fact, void> {
  const { options: values, complain } = invocation
  yield { kind: 'file', file }
  const name = basename(file)
  const isSanityOnly = values['index-sanity-check']
  switch (name.slice(name.lastIndexOf('.'))) {
    case '.log':
    case '.checkpoint':
      yield* logFacts(file, invocation, findings)
      return
    case '.index':
      yield* dumpOffsetIndex(file, { isSanityOnly, findings, maxMessageSize: values['max-message-size'] })
      return
    case '.timeindex':
      yield* dumpTimeIndex(file, { isSanityOnly, findings })
      return
    case '.txnindex':
      yield* dumpTransactionIndex(file)
      return
    case '.snapshot':
      yield* dumpProducers(file, complain)
      return
    default:
      complain(`Ignoring unknown file ${file}`)
  }
}

function* logFacts(file: string, invocation: DumpInvocation, findings: Findings): Generator<Fact, void> {
  const { options: values, given, io } = invocation
  const notes: string[] = []
  const decoder = decoderOf(invocation, (line) => notes.push(line))
  for (const line of notes) yield { kind: 'note', text: line }
  const maxBytes = values['max-bytes'] === ALL_BYTES ? undefined : values['max-bytes']
  const total = Math.min(statSync(file, { throwIfNoEntry: false })?.size ?? 0, maxBytes ?? Number.POSITIVE_INFINITY)
  const progress = new Progress(io, basename(file))
  const onProgress = (bytes: number) => progress.at(bytes, total)
  const isDeep = given.has('deep-iteration') || decoder !== undefined
  try {
    yield* dumpLog(file, { isDeep, decoder, maxBytes, findings, onProgress })
  } finally {
    progress.end()
  }
}

/** Undefined: keys and values are not shown. */
function decoderOf(
  { options: values, given }: DumpInvocation,
  note: (line: string) => void,
): RecordDecoder | undefined {
  if (given.has('offsets-decoder')) return decodeGroupRecord
  if (given.has('transaction-log-decoder')) return decodeTransactionRecord
  const isWanted = (['print-data-log', 'key-decoder-class', 'value-decoder-class'] as const).some((name) =>
    given.has(name),
  )
  if (!isWanted) return undefined
  const key = values['key-decoder-class'] || STRING_DECODER
  const value = values['value-decoder-class'] || STRING_DECODER
  return decoderByClasses({ key, value }, note)
}
