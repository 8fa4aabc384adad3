/** Topics and their partitions: create, delete, list, extend. */
import { apis, ErrorCode, type RequestInputOf, type ResponseOf, ZERO_UUID } from '@millrace/protocol'
import type { KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import { configSources, configTypes } from './code-names.js'
import type { Config } from './configs.js'
import { idOf, type TopicCollection, type TopicListing } from './describe-topics.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { invalid, nothing, outcome, unsupported, withoutRepeats } from './refusals.js'

/** A topic to be. */
export interface NewTopic {
  readonly name: string
  /** Default: `num.partitions` of the brokers (from Kafka 2.4 on; before, UNSUPPORTED_VERSION). */
  readonly numPartitions?: number
  /** Default: `default.replication.factor` of the brokers (from Kafka 2.4 on; before, UNSUPPORTED_VERSION). */
  readonly replicationFactor?: number
  /** Brokers of each partition, the preferred leader first; in place of the two numbers. */
  readonly replicasAssignments?: Readonly<Record<number, readonly number[]>>
  readonly configs?: Readonly<Record<string, string>>
}

/** How calls that change topics deal with `controller_mutation_rate` quotas (KIP-599). */
export interface QuotaOptions {
  /** Whether what the quota refuses is tried again; otherwise it fails with THROTTLING_QUOTA_EXCEEDED. Default true. */
  readonly retryOnQuotaViolation?: boolean
}

export interface CreateTopicsOptions extends CallOptions, QuotaOptions {
  /** Only says whether they could be created. Default false. */
  readonly validateOnly?: boolean
}

/** What a broker tells about a topic that it has created. */
export interface CreatedTopic {
  /** Undefined before Kafka 2.8, and with `validateOnly`. */
  readonly topicId: string | undefined
  /** Undefined before Kafka 2.4, and without the right to describe configs. */
  readonly numPartitions: number | undefined
  readonly replicationFactor: number | undefined
  readonly config: Config | undefined
}

export interface ListTopicsOptions extends CallOptions {
  /** Default false. */
  readonly listInternal?: boolean
}

/** More partitions for a topic. */
export interface NewPartitions {
  /** How many it shall have in all. */
  readonly totalCount: number
  /** Brokers of each new partition, the preferred leader first. Default: the controller decides. */
  readonly newAssignments?: readonly (readonly number[])[]
}

export interface CreatePartitionsOptions extends CallOptions, QuotaOptions {
  /** Only says whether they could be created. Default false. */
  readonly validateOnly?: boolean
}

function controllerPasses({ retryOnQuotaViolation = true }: QuotaOptions): (error: KafkaError) => boolean {
  return ({ code }) => code === 'NOT_CONTROLLER' || (retryOnQuotaViolation && code === 'THROTTLING_QUOTA_EXCEEDED')
}

/** With how long the broker wants a throttled request to wait. */
function throttled<T>(throttleTimeMs: number, answer: Answer<T>): Answer<T> {
  return 'error' in answer && answer.error.code === 'THROTTLING_QUOTA_EXCEEDED' ? { ...answer, throttleTimeMs } : answer
}

/** First version in which the numbers may be left to the broker (KIP-464). */
const BROKER_DEFAULTS_VERSION = 4

export function createTopics(
  driver: AdminDriver,
  topics: readonly NewTopic[],
  options: CreateTopicsOptions,
): AdminResult<string, CreatedTopic> {
  const { validateOnly = false } = options
  return driver.each('createTopics', options, () => {
    const keys = withoutRepeats(
      'createTopics',
      topics.map(({ name }) => name),
    )
    const byName = new Map(topics.map((topic) => [topic.name, creatable(topic)]))
    return {
      keys,
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call, target, names) => {
        const refused: [string, Answer<CreatedTopic>][] = []
        const response = await call.ask(target, apis.CreateTopics, (version) => {
          const asked = names.flatMap((name) => byName.get(name) ?? [])
          const sayable = asked.filter((topic) => version >= BROKER_DEFAULTS_VERSION || !leavesToBroker(topic))
          for (const topic of asked) {
            if (sayable.includes(topic)) continue
            const error = unsupported('this broker needs the number of partitions and the replication factor')
            refused.push([topic.name, { error }])
          }
          return { topics: sayable, timeoutMs: call.timeoutMs, validateOnly }
        })
        const answers = response.topics.map((topic): [string, Answer<CreatedTopic>] => [
          topic.name,
          throttled(
            response.throttleTimeMs,
            outcome(topic, () => createdTopic(topic)),
          ),
        ])
        return [...answers, ...refused]
      },
    }
  })
}

type CreatableTopic = RequestInputOf<typeof apis.CreateTopics>['topics'][number]

function creatable(topic: NewTopic): CreatableTopic {
  const { name, replicasAssignments, configs = {} } = topic
  if (replicasAssignments !== undefined && (topic.numPartitions ?? topic.replicationFactor) !== undefined) {
    throw invalid(`createTopics: ${name} has replicasAssignments and numbers: only one of both can be`)
  }
  return {
    name,
    numPartitions: topic.numPartitions ?? -1,
    replicationFactor: topic.replicationFactor ?? -1,
    assignments: Object.entries(replicasAssignments ?? {}).map(([partition, brokerIds]) => ({
      partitionIndex: Number(partition),
      brokerIds: [...brokerIds],
    })),
    configs: Object.entries(configs).map(([configName, value]) => ({ name: configName, value })),
  }
}

function leavesToBroker({ assignments, numPartitions, replicationFactor }: CreatableTopic): boolean {
  return assignments.length === 0 && (numPartitions === -1 || replicationFactor === -1)
}

function createdTopic(topic: ResponseOf<typeof apis.CreateTopics>['topics'][number]): CreatedTopic {
  const { topicId, numPartitions, replicationFactor, configs, topicConfigErrorCode } = topic
  const isTold = topicConfigErrorCode === ErrorCode.NONE
  return {
    topicId: idOf(topicId),
    numPartitions: isTold && numPartitions >= 0 ? numPartitions : undefined,
    replicationFactor: isTold && replicationFactor >= 0 ? replicationFactor : undefined,
    config:
      isTold && configs !== null && numPartitions >= 0
        ? new Map(
            configs.map(({ name, value, readOnly, configSource, isSensitive }) => {
              const source = configSources.name(configSource)
              const entry = {
                name,
                value,
                source,
                isReadOnly: readOnly,
                isSensitive,
                isDefault: source === 'DEFAULT_CONFIG',
              }
              return [name, { ...entry, synonyms: [], type: configTypes.name(0), documentation: undefined }]
            }),
          )
        : undefined,
  }
}

export function deleteTopics(
  driver: AdminDriver,
  topics: TopicCollection,
  options: CallOptions & QuotaOptions,
): AdminResult<string, void> {
  return driver.each('deleteTopics', options, () => {
    const byId = 'topicIds' in topics
    return {
      keys: withoutRepeats('deleteTopics', byId ? topics.topicIds : topics),
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call, target, keys) => {
        const { responses, throttleTimeMs } = await call.ask(target, apis.DeleteTopics, (version) => {
          if (byId && version < 6) throw unsupported('this broker deletes topics by name only')
          const named = byId
            ? { topics: keys.map((topicId) => ({ name: null, topicId })) }
            : version < 6
              ? { topicNames: keys }
              : { topics: keys.map((name) => ({ name, topicId: ZERO_UUID })) }
          return { ...named, timeoutMs: call.timeoutMs }
        })
        return responses.map((one) => [
          (byId ? one.topicId : one.name) ?? '',
          throttled(throttleTimeMs, outcome(one, nothing)),
        ])
      },
    }
  })
}

export async function listTopics(driver: AdminDriver, options: ListTopicsOptions): Promise<Map<string, TopicListing>> {
  const { listInternal = false } = options
  return await driver.one('listTopics', options, 'any', async (call) => {
    const response = await call.ask('any', apis.Metadata, { topics: null }, { min: 4 })
    return outcome(response, () => {
      const listings = new Map<string, TopicListing>()
      for (const { name, topicId, isInternal } of response.topics) {
        if (name === null || (isInternal && !listInternal)) continue
        listings.set(name, { name, topicId: idOf(topicId), isInternal })
      }
      return listings
    })
  })
}

export function createPartitions(
  driver: AdminDriver,
  newPartitions: Iterable<readonly [string, NewPartitions]>,
  options: CreatePartitionsOptions,
): AdminResult<string, void> {
  const { validateOnly = false } = options
  return driver.each('createPartitions', options, () => {
    const byName = new Map(newPartitions)
    return {
      keys: byName.keys(),
      locator: fixed('controller'),
      passes: controllerPasses(options),
      ask: async (call: Call, target: Answerer, names: readonly string[]) => {
        const { results, throttleTimeMs } = await call.ask(target, apis.CreatePartitions, {
          topics: names.map((name) => ({
            name,
            count: byName.get(name)?.totalCount ?? 0,
            assignments: byName.get(name)?.newAssignments?.map((brokerIds) => ({ brokerIds: [...brokerIds] })) ?? null,
          })),
          timeoutMs: call.timeoutMs,
          validateOnly,
        })
        return results.map((one) => [one.name, throttled(throttleTimeMs, outcome(one, nothing))] as const)
      },
    }
  })
}
