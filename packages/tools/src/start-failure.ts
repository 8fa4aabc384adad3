/** Sentences for what keeps a server from starting. */
import { portHolder } from './port-holder.js'

/** `server.properties has 2 mistakes:`, and each on a line of its own. */
export function mistakesSentence(where: string, mistakes: readonly string[]): string {
  const count = `${mistakes.length} mistake${mistakes.length > 1 ? 's' : ''}`
  return `${where} has ${count}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`
}

/** Who has the port, as far as the system tells. */
export async function takenPortSentence(port: number): Promise<string> {
  const holder = (await portHolder(port)) ?? 'another program'
  return `Port ${port} is taken by ${holder}: stop it, or choose another port.`
}

/** What nobody foresaw: the path that could not be used, or all that is known. */
export function unforeseenSentence(what: string, error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== undefined && path !== undefined) return `Cannot use ${path}: ${(error as Error).message}`
  return `${what} could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

/** Ends the tool, when its work in hand is done, with exit code 1. */
export function fail(sentence: string): void {
  console.error(sentence)
  process.exitCode = 1
}
