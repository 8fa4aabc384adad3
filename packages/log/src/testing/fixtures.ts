import { type BatchOptions, batchSizeInBytes, buildBatch, type RecordInput, readRecords } from '@millrace/protocol'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../core/log-config.js'
import type { AppendResult } from '../partition/log-appender.js'
import { PartitionLog } from '../partition/partition-log.js'
import type { PartitionLogOptions } from '../partition/partition-log-types.js'
import type { AppendInput } from '../partition/prepare-append.js'
import type { LogEnvironment } from '../ports.js'
import { ManualTime } from './manual-time.js'
import { SimulatedDisk } from './simulated-disk.js'

/** The directory of the partition that tests open. */
export const DIRECTORY = '/data/topic-0'

/** A partition on a simulated disk, with the means to change its world. */
export interface TestLog {
  readonly log: PartitionLog
  readonly disk: SimulatedDisk
  readonly time: ManualTime
  readonly warnings: readonly string[]
  readonly environment: LogEnvironment
}

/** An environment on a simulated disk. */
export function testEnvironment(disk: SimulatedDisk, time: ManualTime, warnings: string[] = []): LogEnvironment {
  let seed = 1
  return {
    disk,
    clock: time,
    scheduler: time,
    random: () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    },
    reporter: { info: () => undefined, warn: (message) => warnings.push(message) },
  }
}

/** Opens a partition. What a test sets is what it is about. */
export async function openTestLog(
  options: {
    readonly disk?: SimulatedDisk
    readonly time?: ManualTime
    readonly config?: Partial<LogConfig>
  } & Partial<Omit<PartitionLogOptions, 'config' | 'environment'>> = {},
): Promise<TestLog> {
  const { time = new ManualTime(), config, ...others } = options
  const { disk = new SimulatedDisk({ nowMs: () => time.nowMs() }), ...rest } = others
  await disk.mkdir('/data')
  await disk.syncDirectory('/')
  const warnings: string[] = []
  const environment = testEnvironment(disk, time, warnings)
  const log = await PartitionLog.open({
    directory: DIRECTORY,
    ...rest,
    environment,
    config: { ...DEFAULT_LOG_CONFIG, ...config },
  })
  return { log, disk, time, warnings, environment }
}

/** A batch with records of these values, keys the same. */
export function batchOf(
  values: readonly string[],
  options: BatchOptions & { readonly timestamp?: number } = {},
): Buffer {
  const { timestamp = 1_700_000_000_000, ...rest } = options
  const records: RecordInput[] = values.map((value) => ({
    key: Buffer.from(value),
    value: Buffer.from(value),
    timestamp,
  }))
  return buildBatch(records, rest)
}

/** Appends as a client does. */
export async function appendBatch(
  log: PartitionLog,
  records: Buffer,
  input: Partial<AppendInput> = {},
): Promise<AppendResult> {
  return await log.append({ records, origin: 'client', leaderEpoch: 0, nowMs: 1_700_000_000_000, ...input })
}

/** Appends one record per value, each in a batch of its own. */
export async function appendValues(log: PartitionLog, ...values: string[]): Promise<void> {
  for (const value of values) await appendBatch(log, batchOf([value]))
}

/** All values from an offset on, as `offset:value`. */
export async function readValues(log: PartitionLog, from = log.logStartOffset): Promise<string[]> {
  const values: string[] = []
  let offset = from
  for (;;) {
    const read = await log.read(offset, { maxBytes: 1024 * 1024, minOneBatch: true, upTo: 'logEnd' })
    if (read.records.length === 0) return values
    for (let at = 0; at < read.records.length; at += batchSizeInBytes(read.records, at)) {
      for (const record of readRecords(read.records, at)) {
        if (record.offset >= from) values.push(`${record.offset}:${record.value?.toString() ?? ''}`)
      }
    }
    offset = read.nextOffset
  }
}

/** `["0:v0", "1:v1" …]`. */
export function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}:v${from + index}`)
}
