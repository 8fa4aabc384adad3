/** `--reset-offsets`: where the offsets of groups shall go, and their way there. */
import {
  type GroupOffsets,
  type KafkaAdminClient,
  type OffsetSpec,
  type TopicPartition,
  TopicPartitionMap,
} from '@millrace/client'
import { hasCode } from '../command-line/failures.js'
import { hashOrder, partitionHash, stringHash } from '../command-line/java-order.js'
import { dateTimeMs, durationMs } from '../command-line/java-time.js'
import { readText } from '../command-line/json-file.js'
import { json, row } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { wantedGroups } from './list-groups.js'
import { callOptions, type GroupsInvocation, printError } from './options.js'
import { type PlannedOffset, parsePlan, planLine } from './reset-plan.js'
import { namedPartitions } from './topic-partitions.js'

type Offsets = readonly (readonly [TopicPartition, number])[]

const WIDTHS = [30, 30, 10, 15]

export async function resetOffsets(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<void> {
  const { options } = invocation
  const groupIds = hashOrder(await wantedGroups(admin, invocation), stringHash)
  const descriptions = await admin.describeConsumerGroups(groupIds, callOptions(invocation)).settled()
  const planned: PlannedOffset[] = []
  for (const groupId of groupIds) {
    const outcome = descriptions.get(groupId)
    if (outcome === undefined) continue
    if ('error' in outcome && !hasCode(outcome.error, 'GROUP_ID_NOT_FOUND')) throw outcome.error
    const state = 'value' in outcome ? outcome.value.state : 'Dead'
    if (state !== 'Empty' && state !== 'Dead') {
      printError(
        invocation,
        `Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.`,
      )
      continue
    }
    const offsets = await new Reset(admin, invocation, groupId).offsets()
    if (options.execute) {
      const commits = offsets.map(([key, offset]) => [key, { offset }] as const)
      await admin.alterConsumerGroupOffsets(groupId, commits, callOptions(invocation))
    }
    for (const [key, offset] of hashOrder(offsets, ([key]) => partitionHash(key))) {
      planned.push({ group: groupId, topic: key.topic, partition: key.partition, offset })
    }
  }
  printPlan(invocation, planned)
}

function printPlan({ options, print }: GroupsInvocation, planned: readonly PlannedOffset[]): void {
  if (options.output === 'json') print(json({ executed: options.execute, offsets: planned }))
  else if (options.export) {
    const isOneGroup = options.group.length === 1
    print(planned.map((one) => planLine(one, !isOneGroup)).join(''))
  } else {
    print(`\n${row(WIDTHS, ['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'])}`)
    for (const { group, topic, partition, offset } of planned) print(row(WIDTHS, [group, topic, partition, offset]))
  }
}

/** Where the offsets of one group go. */
class Reset {
  readonly #admin: KafkaAdminClient
  readonly #invocation: GroupsInvocation
  readonly #groupId: string

  constructor(admin: KafkaAdminClient, invocation: GroupsInvocation, groupId: string) {
    this.#admin = admin
    this.#invocation = invocation
    this.#groupId = groupId
  }

  async offsets(): Promise<Offsets> {
    const { options } = this.#invocation
    const { 'from-file': file, 'to-datetime': dateTime, 'by-duration': duration } = options
    const { 'to-offset': offset, 'shift-by': shiftBy } = options
    if (file !== undefined) return await this.#fromFile(file)
    const partitions = await this.#partitions()
    if (offset !== undefined) return await this.#withinLogs(partitions.map((key) => [key, offset]))
    if (options['to-earliest']) return await this.#ends(partitions, 'earliest')
    if (options['to-latest']) return await this.#ends(partitions, 'latest')
    if (shiftBy !== undefined) return await this.#shifted(partitions, shiftBy)
    if (dateTime !== undefined) return await this.#atTime(partitions, dateTimeMs(dateTime))
    if (duration !== undefined) return await this.#atTime(partitions, Date.now() - durationMs(duration))
    return await this.#current(partitions)
  }

  async #partitions(): Promise<readonly TopicPartition[]> {
    const { options } = this.#invocation
    if (options['all-topics']) return [...(await this.#committed()).keys()]
    const { partitions, wholeTopics } = namedPartitions(options.topic)
    if (wholeTopics.length === 0) return partitions
    const described = await this.#admin.describeTopics(wholeTopics, callOptions(this.#invocation))
    const ofTopics = [...described.values()].flatMap(({ name, partitions: infos }) =>
      infos.map(({ partition }) => ({ topic: name, partition })),
    )
    return [...new TopicPartitionMap([...partitions, ...ofTopics].map((key) => [key, true])).keys()]
  }

  async #committed(): Promise<GroupOffsets> {
    const offsets = await this.#admin.listConsumerGroupOffsets([this.#groupId], callOptions(this.#invocation))
    return offsets.get(this.#groupId) ?? new TopicPartitionMap()
  }

  async #ends(partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<Offsets> {
    if (partitions.length === 0) return []
    const specs = partitions.map((key) => [key, spec] as const)
    const found = await this.#admin.listOffsets(specs, callOptions(this.#invocation))
    return [...found].map(([key, { offset }]) => [key, offset])
  }

  /** What lies outside a log goes to its nearer end. */
  async #withinLogs(offsets: Offsets): Promise<Offsets> {
    const keys = offsets.map(([key]) => key)
    const starts = new TopicPartitionMap(await this.#ends(keys, 'earliest'))
    const ends = new TopicPartitionMap(await this.#ends(keys, 'latest'))
    return offsets.map(([key, offset]) => {
      const [start = 0, end = 0] = [starts.get(key), ends.get(key)]
      if (offset >= start && offset <= end) return [key, offset]
      const [side, nearest] = offset > end ? ['higher than latest', end] : ['lower than earliest', start]
      this.#invocation.complain(
        `New offset (${offset}) is ${side} offset for topic partition ${key.topic}-${key.partition}. Value will be set to ${nearest}`,
      )
      return [key, nearest]
    })
  }

  async #shifted(partitions: readonly TopicPartition[], shiftBy: number): Promise<Offsets> {
    const committed = await this.#committed()
    const offsets = partitions.map((key): readonly [TopicPartition, number] => {
      const current = committed.get(key)
      if (current !== undefined) return [key, current.offset + shiftBy]
      const name = `${key.topic}-${key.partition}`
      throw new UsageError(`Cannot shift offset for partition ${name} since there is no current committed offset`)
    })
    return await this.#withinLogs(offsets)
  }

  /** A partition without a record that is young enough goes to its end. */
  async #atTime(partitions: readonly TopicPartition[], timeMs: number): Promise<Offsets> {
    const offsets = hashOrder(await this.#ends(partitions, timeMs), ([key]) => partitionHash(key))
    const missing = offsets.filter(([, offset]) => offset < 0).map(([key]) => key)
    const { options, print, complain } = this.#invocation
    for (const { topic, partition } of missing) {
      const warning = `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.`
      if (options.output === 'json') complain(warning)
      else print(warning)
    }
    return [...offsets.filter(([, offset]) => offset >= 0), ...(await this.#ends(missing, 'latest'))]
  }

  async #current(partitions: readonly TopicPartition[]): Promise<Offsets> {
    const committed = await this.#committed()
    const missing = partitions.filter((key) => !committed.has(key))
    const known = partitions.flatMap((key) => {
      const offset = committed.get(key)?.offset
      return offset === undefined ? [] : [[key, offset] as const]
    })
    return [...known, ...(await this.#ends(missing, 'latest'))]
  }

  async #fromFile(file: string): Promise<Offsets> {
    const { group } = this.#invocation.options
    const planned = parsePlan(readText(file), group.length === 1 ? group[0] : undefined)
    const own = planned.filter((one) => one.group === this.#groupId)
    if (own.length === 0) {
      printError(this.#invocation, `No reset plan for group ${this.#groupId} found`)
      return []
    }
    const latest = new TopicPartitionMap(own.map(({ topic, partition, offset }) => [{ topic, partition }, offset]))
    return await this.#withinLogs([...latest])
  }
}
