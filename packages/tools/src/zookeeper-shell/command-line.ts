/** Between words; Java's `\s`, which knows no others. */
const isSpace = (char: string | undefined) => char !== undefined && ' \t\n\v\f\r'.includes(char)

/**
 * The words of a line that was typed. Single or double quotes hold a word together where it begins with them; a quote that
 * is never closed is left out (`ZooKeeperMain.MyCommandOptions`). What follows a `#` at the beginning of a word is a comment.
 */
export function splitCommandLine(line: string): readonly string[] {
  const words: string[] = []
  let at = 0
  while (at < line.length) {
    const char = line[at]
    if (isSpace(char)) {
      at++
    } else if (char === '#' && (at === 0 || isSpace(line[at - 1]))) {
      break
    } else if (char === '"' || char === "'") {
      const end = line.indexOf(char, at + 1)
      if (end !== -1) words.push(line.slice(at + 1, end))
      at = end === -1 ? at + 1 : end + 1
    } else {
      const start = at
      while (at < line.length && !isSpace(line[at])) at++
      words.push(line.slice(start, at))
    }
  }
  return words
}
