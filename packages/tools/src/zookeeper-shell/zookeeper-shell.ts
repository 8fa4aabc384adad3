/**
 * `zookeeper-shell host:port[/chroot] [options] [command]`, as Kafka's script of that name: ZooKeeper's `zkCli`, for one command, for
 * commands from a pipe or a file, or for somebody at a terminal.
 */
import { connectZooKeeper, parseConnectString } from '@millrace/zookeeper'
import { errorSentence } from './command-error.js'
import { runLines, Terminal } from './line-front.js'
import type { Output } from './output.js'
import { Shell } from './shell.js'
import type { Connect } from './shell-connection.js'
import { parseShellArguments, type ShellArguments } from './shell-options.js'
import { readTlsConfigFile } from './tls-config-file.js'

/** Sets `process.exitCode`: of the command, or of the last one that failed. */
export async function zookeeperShell(args: readonly string[]): Promise<void> {
  // A reader that is gone, as `head` is, takes no commands back: the rest is done unseen.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const parsed = parseShellArguments(args)
    process.exitCode = await runShell(parsed, await connector(parsed))
  } catch (error) {
    console.error(errorSentence(error))
    process.exitCode = 1
  }
}

/** The exit code. Errors: those of connecting, if that is to be waited for. */
async function runShell({ connectString, waitsForConnection, command }: ShellArguments, connect: Connect) {
  const isInteractive = command === undefined && process.stdin.isTTY && process.stdout.isTTY
  const terminal = isInteractive ? new Terminal(process.stdin, process.stdout) : undefined
  const output = terminal?.output ?? streams
  const shell = await Shell.start({ connectString, connect, output, onStateChange: () => terminal?.refresh() })
  try {
    if (waitsForConnection) await shell.connected()
    if (command !== undefined) {
      await shell.runWords(command)
      return shell.lastExitCode
    }
    output.out('Welcome to ZooKeeper!')
    output.out(`JLine support is ${isInteractive ? 'enabled' : 'disabled'}`)
    if (terminal !== undefined) {
      await terminal.run(shell)
      return shell.lastExitCode
    }
    await runLines(shell, process.stdin)
    return shell.lastErrorExitCode
  } finally {
    await shell.end()
  }
}

/** Errors: ConnectStringError, and those of reading the TLS settings. */
async function connector({ connectString, timeoutMs, waitsForConnection, tlsConfigFile }: ShellArguments) {
  parseConnectString(connectString)
  const tls = tlsConfigFile === undefined ? undefined : await readTlsConfigFile(tlsConfigFile)
  const connect: Connect = (options) => {
    const isEnsemble = parseConnectString(options.connectString).servers.length > 1
    // One server says no once; of several, the others are asked.
    const connectTimeoutMs = waitsForConnection || isEnsemble ? timeoutMs : 0
    const security = tls === undefined ? {} : { tls }
    return connectZooKeeper({ ...options, ...security, sessionTimeoutMs: timeoutMs, connectTimeoutMs })
  }
  return connect
}

const streams: Output = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
}
