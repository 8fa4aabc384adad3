import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { startBroker } from '@millrace/broker'
import { KafkaProducer } from '@millrace/client'
import { runTool } from '../command-line/run-tool.js'
import type { Tool, ToolIo } from '../command-line/tool.js'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** What is typed. Default: nothing, and the end at once. */
  readonly stdin?: string | Readable
  readonly env?: Readonly<Record<string, string>>
  /** Aborted: as if Ctrl-C was pressed. */
  readonly interruption?: AbortSignal
}

/** Runs a tool in this process, and gives what a user would see. */
export async function runCommand(
  tool: Tool,
  args: readonly string[],
  { stdin = '', env = {}, interruption = new AbortController().signal }: CommandOptions = {},
): Promise<CommandResult> {
  const stdout = new Collected()
  const stderr = new Collected()
  const input = typeof stdin === 'string' ? Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]) : stdin
  const io: ToolIo = { stdin: input, stdout, stderr, env, interruption: () => interruption }
  const code = await runTool(tool, args, io)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

/** Something to type into while a tool runs. */
export function keyboard(): PassThrough {
  return new PassThrough()
}

export interface ToolBroker {
  /** `127.0.0.1:port` */
  readonly bootstrap: string
  /** Where its log directory is. */
  readonly logDir: string
  /** `host:port` of the ZooKeeper inside it, with `zookeeper.embedded.port` 0. */
  readonly zooKeeper: string | undefined
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A broker in this process, with the id 0, which ends with the test. */
export async function toolBroker(
  t: Pick<TestContext, 'after'>,
  properties: Readonly<Record<string, string>> = {},
): Promise<ToolBroker> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-tools-test-'))
  const logDir = join(dir, 'kafka-logs')
  const settings = {
    'broker.id': '0',
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': logDir,
    'millrace.store.dir': join(dir, 'zookeeper'),
    'zookeeper.embedded.port': '-1',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '1',
    ...properties,
  }
  const broker = await startBroker({ properties: new Map(Object.entries(settings)), logger: silent })
  t.after(async () => {
    await broker.close()
    await rm(dir, { recursive: true, force: true })
  })
  return { bootstrap: `127.0.0.1:${broker.listeners[0]?.port}`, logDir, zooKeeper: broker.zooKeeper }
}

/** Records with the given values in one partition, one after the other. */
export async function fill(
  bootstrap: string,
  topic: string,
  partition: number,
  values: readonly string[],
  timestamp?: number,
): Promise<void> {
  await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrap })
  const sent = values.map((value) =>
    producer.send({ topic, partition, value, ...(timestamp === undefined ? {} : { timestamp }) }),
  )
  await Promise.all(sent)
}
