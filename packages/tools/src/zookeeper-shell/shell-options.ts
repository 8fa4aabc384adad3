/** The words behind `zookeeper-shell`, as Kafka's script hands them to `ZooKeeperMain`. */
import { CommandError } from './command-error.js'

export const shellUsage = 'USAGE: zookeeper-shell zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]'

export interface ShellArguments {
  readonly connectString: string
  /** `-timeout`: of the session, which is also what -waitforconnection waits. */
  readonly timeoutMs: number
  /** `-waitforconnection`: nothing begins before there is a session. */
  readonly waitsForConnection: boolean
  /** `-zk-tls-config-file`. */
  readonly tlsConfigFile: string | undefined
  /** The command to run; undefined reads commands. */
  readonly command: readonly string[] | undefined
}

/** Errors: a CommandError that says what is wrong with the words. */
export function parseShellArguments(words: readonly string[]): ShellArguments {
  if (words.length === 0) throw new CommandError(shellUsage)
  const rest = [...words]
  // An option in the place of the server leaves that to -server.
  let connectString = rest[0]?.startsWith('-') === true ? 'localhost:2181' : (rest.shift() ?? '')
  let timeoutMs = 30_000
  let waitsForConnection = false
  let tlsConfigFile: string | undefined
  while (rest[0]?.startsWith('-') === true) {
    const option = rest.shift() ?? ''
    if (option === '-server') connectString = takeValue(option, rest)
    else if (option === '-timeout') timeoutMs = parseTimeout(takeValue(option, rest))
    else if (option === '-zk-tls-config-file') tlsConfigFile = takeValue(option, rest)
    else if (option === '-waitforconnection') waitsForConnection = true
    // Who would do with a server that can only be read may well get one that can do more.
    else if (option !== '-r') throw new CommandError(`${option} is not an option.\n${shellUsage}`)
  }
  const command = rest.length === 0 ? undefined : rest
  return { connectString, timeoutMs, waitsForConnection, tlsConfigFile, command }
}

function takeValue(option: string, rest: string[]): string {
  const value = rest.shift()
  if (value === undefined) throw new CommandError(`Error: no argument found for option ${option}`)
  return value
}

function parseTimeout(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandError(`-timeout needs a number of milliseconds, not '${text}'.`)
  return Number(text)
}
