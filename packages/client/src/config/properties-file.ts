/**
 * Reads Java's `.properties` files, so that a client takes the file of a Java client as it is. Keys that only Java can make
 * use of are left out, with a warning.
 */
import { readFileSync } from 'node:fs'
import { type Logger, silentLogger } from '../ports.js'
import { sslConfigs } from './ssl-configs.js'

/** Known to Java’s clients; nothing that could be followed here. */
const JAVA_ONLY = new Set([
  'auto.include.jmx.reporter',
  'enable.metrics.push',
  'metric.reporters',
  'metrics.recording.level',
  'receive.buffer.bytes',
  'security.providers',
  'send.buffer.bytes',
])

/** The entries of such a text; of a repeated key the last one. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  for (const line of logicalLines(text)) {
    let end = 0
    while (end < line.length && !SEPARATOR.test(line[end] ?? '')) end += line[end] === '\\' ? 2 : 1
    const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')
    entries.set(unescaped(line.slice(0, end)), unescaped(value).trim())
  }
  return entries
}

/** What a client's constructor takes. Errors: those of reading the file. */
export function readPropertiesFile(file: string, logger: Logger = silentLogger): Readonly<Record<string, unknown>> {
  return configOfProperties(parseProperties(readFileSync(file, 'utf8')), logger)
}

/** The same of entries that come from elsewhere. */
export function configOfProperties(
  entries: ReadonlyMap<string, string>,
  logger: Logger = silentLogger,
): Readonly<Record<string, unknown>> {
  const config: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    if (JAVA_ONLY.has(key)) logger.warn({ key }, 'This setting has no meaning here and is ignored')
    else if (key.startsWith('ssl.') && !(key in sslConfigs)) {
      logger.warn({ key }, 'This setting of TLS is ignored: use tls for it')
    } else config[key] = value
  }
  return config
}

const SEPARATOR = /[\t\f =:]/

/** Without comments and blanks, continued ones joined. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = []
  let open = ''
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (open === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const isContinued = /(?:^|[^\\])(?:\\\\)*\\$/.test(line)
    open += isContinued ? line.slice(0, -1) : line
    if (isContinued) continue
    lines.push(open)
    open = ''
  }
  return open === '' ? lines : [...lines, open]
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
