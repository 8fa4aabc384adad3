/** Reads Java's `.properties` format (java.util.Properties), in which brokers and clients of Kafka are configured. */

const separators = /[\t\f =:]/

/** The entries of a properties file, the last one of a repeated key. Whitespace around values is kept off as Kafka's tools do. */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const { key, value } = splitLine(line)
    entries.set(unescapeText(key), unescapeText(value).trim())
  }
  return entries
}

/** Lines without comments and blanks, continued lines joined. */
function logicalLines(text: string): string[] {
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
  if (open !== '') lines.push(open)
  return lines
}

function splitLine(line: string): { key: string; value: string } {
  let end = 0
  while (end < line.length && !separators.test(line[end] as string)) end += line[end] === '\\' ? 2 : 1
  const rest = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')
  return { key: line.slice(0, end), value: rest }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescapeText(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
