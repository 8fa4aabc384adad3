import type { LogEntry, LogSink } from '@millrace/broker'
import { LineWriter, unblock } from './line-writer.js'
import { type LogFormat, logFormats } from './log-format.js'

/** The broker's log on standard output; warnings and errors on standard error. Nothing is lost when the process ends. */
export function consoleLog(format: LogFormat): LogSink {
  const write = logFormats[format]
  const dropped = (count: number) =>
    write({
      timeMs: Date.now(),
      level: 'WARN',
      logger: 'root',
      message: 'Lines were dropped: nobody took them fast enough',
      fields: { count },
    })
  unblock(process.stdout)
  unblock(process.stderr)
  const out = new LineWriter(1, { dropped })
  const err = new LineWriter(2, { dropped })
  process.on('exit', () => {
    out.flushSync()
    err.flushSync()
  })
  return {
    write: (entry: LogEntry) => (isGrave(entry) ? err : out).write(write(entry)),
  }
}

function isGrave({ level }: LogEntry): boolean {
  return level === 'FATAL' || level === 'ERROR' || level === 'WARN'
}
