/** Where an application goes on in its input and intermediate topics. */
import { type KafkaAdminClient, type OffsetSpec, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { hashOrder, partitionHash } from '../command-line/java-order.js'
import { dateTimeMs, durationMs } from '../command-line/java-time.js'
import { readText } from '../command-line/json-file.js'
import { ToolError } from '../command-line/tool.js'
import { type ResetInvocation, say } from './options.js'

export type Offsets = TopicPartitionMap<number>

/** Errors: ToolError; those of the admin client. */
export class TopicReset {
  readonly #admin: KafkaAdminClient
  readonly #invocation: ResetInvocation
  readonly #groupId: string

  constructor(admin: KafkaAdminClient, invocation: ResetInvocation) {
    this.#admin = admin
    this.#invocation = invocation
    this.#groupId = invocation.options['application-id'] ?? ''
  }

  async partitionsOf(topics: readonly string[]): Promise<readonly TopicPartition[]> {
    const described = await this.#admin.describeTopics(topics)
    const partitions = [...described.values()].flatMap(({ name, partitions: infos }) =>
      infos.map(({ partition }) => ({ topic: name, partition })),
    )
    return hashOrder(partitions, partitionHash)
  }

  async inputOffsets(partitions: readonly TopicPartition[]): Promise<Offsets> {
    const { options } = this.#invocation
    const { 'to-offset': offset, 'shift-by': shiftBy, 'from-file': file } = options
    const { 'to-datetime': dateTime, 'by-duration': duration } = options
    if (offset !== undefined) {
      return await this.#withinLogs(new TopicPartitionMap(partitions.map((key) => [key, offset])))
    }
    if (shiftBy !== undefined) {
      const current = await this.#positions(partitions)
      return await this.#withinLogs(new TopicPartitionMap([...current].map(([key, at]) => [key, at + shiftBy])))
    }
    if (file !== undefined) return await this.#withinLogs(planOf(readText(file), partitions))
    if (dateTime !== undefined) return await this.#atTime(partitions, dateTimeMs(dateTime))
    if (duration !== undefined) return await this.#atTime(partitions, Date.now() - durationMs(duration))
    return await this.ends(partitions, options['to-latest'] ? 'latest' : 'earliest')
  }

  async ends(partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<Offsets> {
    if (partitions.length === 0) return new TopicPartitionMap()
    const found = await this.#admin.listOffsets(partitions.map((key) => [key, spec] as const))
    return new TopicPartitionMap([...found].map(([key, { offset }]) => [key, offset]))
  }

  /** Where the group is, or the end. */
  async #positions(partitions: readonly TopicPartition[]): Promise<Offsets> {
    const committed = (await this.#admin.listConsumerGroupOffsets([this.#groupId])).get(this.#groupId)
    const ends = await this.ends(partitions, 'latest')
    return new TopicPartitionMap(
      partitions.map((key) => [key, committed?.get(key)?.offset ?? ends.get(key) ?? 0] as const),
    )
  }

  async #atTime(partitions: readonly TopicPartition[], timeMs: number): Promise<Offsets> {
    const offsets = await this.ends(partitions, timeMs)
    const late = [...offsets].filter(([, offset]) => offset < 0).map(([key]) => key)
    for (const [key, end] of await this.ends(late, 'latest')) {
      offsets.set(key, end)
      say(
        this.#invocation,
        `Partition ${key.partition} from topic ${key.topic} is empty, without a committed record. Falling back to latest known offset.`,
      )
    }
    return offsets
  }

  async #withinLogs(wanted: Offsets): Promise<Offsets> {
    const keys = [...wanted.keys()]
    const [starts, ends] = [await this.ends(keys, 'earliest'), await this.ends(keys, 'latest')]
    return new TopicPartitionMap(
      [...wanted].map(([key, offset]): readonly [TopicPartition, number] => {
        const [start = 0, end = 0] = [starts.get(key), ends.get(key)]
        if (offset > start && offset < end) return [key, offset]
        const [side, nearest] = offset < end ? ['lower than earliest', start] : ['higher than latest', end]
        say(this.#invocation, `New offset (${offset}) is ${side} offset. Value will be set to ${nearest}`)
        return [key, nearest]
      }),
    )
  }
}

/** Errors: ToolError for a partition that the file does not name. */
export function planOf(csv: string, partitions: readonly TopicPartition[]): Offsets {
  const plan = new TopicPartitionMap<number>()
  for (const line of csv.split(/\r?\n/).filter((text) => text !== '')) {
    const [topic = '', partition = '', offset = '', ...more] = line.split(',')
    if (more.length > 0 || !/^\d+$/.test(partition) || !/^\d+$/.test(offset)) {
      throw new ToolError('Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.')
    }
    plan.set({ topic, partition: Number(partition) }, Number(offset))
  }
  if (plan.size === 0) throw new ToolError('Error parsing reset plan CSV file. It is empty,')
  return new TopicPartitionMap(
    partitions.map((key): readonly [TopicPartition, number] => {
      const offset = plan.get(key)
      if (offset !== undefined) return [key, offset]
      throw new ToolError(`The reset plan has no line for ${key.topic},${key.partition}`)
    }),
  )
}
