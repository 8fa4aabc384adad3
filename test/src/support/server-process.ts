import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort, listening, ToolProcess } from './broker-process.js'
import { defer } from './defer.js'
import { settings } from './temporary-broker.js'

export interface ServerFiles {
  readonly dir: string
  readonly port: number
  /** `127.0.0.1:port` */
  readonly bootstrap: string
  /** The server.properties. */
  readonly file: string
}

/** A folder and a port for a broker that runs as a process of its own. */
export async function serverFiles(
  t: TestContext,
  properties: Readonly<Record<string, string>> = {},
): Promise<ServerFiles> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-process-'))
  defer(t, () => rm(dir, { recursive: true, force: true }))
  const port = await freePort()
  const file = join(dir, 'server.properties')
  const all = settings(dir, { listeners: `PLAINTEXT://127.0.0.1:${port}`, ...properties })
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(file, lines.join(''))
  return { dir, port, bootstrap: `127.0.0.1:${port}`, file }
}

/** Runs `kafka-server-start`, and kills it when the test ends. */
export function startServer(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ToolProcess {
  const tool = new ToolProcess('kafka-server-start', args, env)
  defer(t, () => tool.end())
  return tool
}

/** The same, and waits until it can be connected to. */
export async function startedServer(t: TestContext, { file, port }: ServerFiles): Promise<ToolProcess> {
  const server = startServer(t, [file])
  await listening(server, port)
  return server
}
