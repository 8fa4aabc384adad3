import type { TestContext } from 'node:test'
import {
  connectLocal,
  ManualPorts,
  MemoryStoreDirectory,
  parseConnectString,
  type ZooKeeper,
  ZooKeeperError,
  ZooKeeperServer,
} from '@millrace/zookeeper'
import { Shell } from '../zookeeper-shell/shell.js'
import type { Connect } from '../zookeeper-shell/shell-connection.js'

export interface TestShell {
  readonly shell: Shell
  readonly server: ZooKeeperServer
  /** Stands still until a test moves it. */
  readonly ports: ManualPorts
  /** What was written, line by line; those of stderr begin with `! `. */
  readonly written: string[]
  /** Another session with the same server. */
  other(): Promise<ZooKeeper>
}

export interface TestShellOptions {
  readonly connectString?: string
  /** Refuses as many attempts to connect. */
  readonly refusals?: number
  readonly onStateChange?: () => void
}

/** A shell on a server in memory. Any host of a connect string is that server. */
export async function startShell(t: TestContext, options: TestShellOptions = {}): Promise<TestShell> {
  const { connectString = 'localhost:2181', refusals = 0, onStateChange } = options
  const ports = new ManualPorts()
  const server = await ZooKeeperServer.start({
    directory: new MemoryStoreDirectory(),
    ports,
    extendedTypesEnabled: true,
  })
  let refused = 0
  const connect: Connect = async ({ connectString: to }) => {
    if (refused++ < refusals) throw new ZooKeeperError('CONNECTIONLOSS')
    const { chroot } = parseConnectString(to)
    return await connectLocal(server, { sessionTimeoutMs: 18_000, timers: ports.timers, chroot })
  }
  const written: string[] = []
  const output = {
    out: (line: string) => void written.push(...line.split('\n')),
    err: (line: string) => void written.push(...line.split('\n').map((part) => `! ${part}`.trimEnd())),
  }
  const shell = await Shell.start({ connectString, connect, output, ...(onStateChange && { onStateChange }) })
  t.after(async () => {
    await shell.end()
    await server.close()
  })
  const other = () => connectLocal(server, { sessionTimeoutMs: 18_000, timers: ports.timers })
  return { shell, server, ports, written, other }
}

/**
 * Runs the lines of a transcript that begin with `> `, and returns it anew, with what was written below each. The first lines
 * are those of the connection.
 */
export async function replay({ shell, written }: TestShell, transcript: string): Promise<string> {
  await shell.connected()
  const lines = ['', ...written.splice(0)]
  for (const line of transcript.split('\n').filter((text) => text.startsWith('> '))) {
    await shell.runLine(line.slice(2))
    await settle()
    lines.push(line, ...written.splice(0))
  }
  return [...lines, ''].join('\n')
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
