/**
 * The configs that topics and brokers have of their own, as they stand in the cluster store (Kafka: ZkConfigRepository,
 * ConfigHandler). Hears of changes by the notices that every broker reads, and passes them on.
 */
import { topicConfigMistake } from '../config/topic-config.js'
import type { Clock, Logger } from '../ports.js'
import type { ConfigMap } from './core/alter-configs.js'
import { Turns } from './turns.js'
import { ConfigChangeListener } from './znodes/config-change-listener.js'
import type { ConfigEntity } from './znodes/entity-config.js'
import type { KafkaZkClient } from './znodes/kafka-zk-client.js'
import { DEFAULT_ENTITY } from './znodes/paths.js'

export interface ConfigStoreOptions {
  readonly znodes: KafkaZkClient
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly onTopicChange: (topic: string) => void
  readonly onBrokerChange: (defaults: ConfigMap, own: ConfigMap) => void
}

const noConfigs: ConfigMap = new Map()

export class ConfigStore {
  readonly #options: ConfigStoreOptions
  readonly #topics = new Map<string, ConfigMap>()
  /** Reads under way: all partitions of a new topic ask at once. */
  readonly #loading = new Map<string, Promise<void>>()
  readonly #listener: ConfigChangeListener
  readonly #turns = new Turns()
  #brokerDefaults: ConfigMap = noConfigs
  #brokerOverrides: ConfigMap = noConfigs

  constructor(options: ConfigStoreOptions) {
    this.#options = options
    const { clock, logger, znodes } = options
    this.#listener = new ConfigChangeListener({
      session: znodes.session,
      clock,
      logger,
      onChange: (entity) => this.#apply(entity),
    })
  }

  /** Reads the brokers' configs, and follows changes from here on. */
  async start(): Promise<void> {
    await this.#readBrokers()
    await this.#listener.start()
  }

  async close(): Promise<void> {
    await this.#listener.close()
  }

  /** What a topic sets itself. Known once the topic was loaded. */
  topicOverrides(topic: string): ConfigMap {
    return this.#topics.get(topic) ?? noConfigs
  }

  brokerDefaults(): ConfigMap {
    return this.#brokerDefaults
  }

  brokerOverrides(): ConfigMap {
    return this.#brokerOverrides
  }

  /** Reads a topic's configs unless they are known. A new topic is not announced by a notice. */
  async loadTopic(topic: string): Promise<void> {
    if (this.#topics.has(topic)) return
    let loading = this.#loading.get(topic)
    if (loading === undefined) {
      loading = this.#readTopic(topic).finally(() => this.#loading.delete(topic))
      this.#loading.set(topic, loading)
    }
    await loading
  }

  forgetTopic(topic: string): void {
    this.#topics.delete(topic)
  }

  /** Runs what reads configs, and replaces them by what follows from that, while nobody else changes the same ones. */
  async inTurn<T>(entity: string, action: () => Promise<T>): Promise<T> {
    return await this.#turns.take(entity, action)
  }

  /** Replaces a topic's own configs. Settles when they hold here; other brokers follow. */
  async setTopic(topic: string, configs: ConfigMap): Promise<void> {
    await this.#options.znodes.configs.change('topics', topic, configs)
    await this.#apply({ type: 'topics', name: topic })
  }

  /** Replaces the dynamic configs of this broker, or the defaults of all. */
  async setBroker(which: 'own' | 'default', configs: ConfigMap): Promise<void> {
    const name = which === 'own' ? String(this.#options.brokerId) : DEFAULT_ENTITY
    await this.#options.znodes.configs.change('brokers', name, configs)
    await this.#apply({ type: 'brokers', name })
  }

  async #apply({ type, name }: ConfigEntity): Promise<void> {
    if (type === 'topics') {
      if (!this.#topics.has(name)) return
      await this.#readTopic(name)
      this.#options.onTopicChange(name)
    }
    if (type === 'brokers') await this.#readBrokers()
  }

  async #readTopic(topic: string): Promise<void> {
    const configs = await this.#options.znodes.configs.get('topics', topic)
    this.#topics.set(topic, this.#acceptable(topic, configs))
  }

  /** What a newer or older broker wrote must not take this one down. */
  #acceptable(topic: string, configs: ConfigMap): ConfigMap {
    const isRight = ([name, value]: [string, string]) => {
      const reason = topicConfigMistake(new Map([[name, value]]))
      if (reason !== undefined) this.#options.logger.warn('A config of a topic is not used', { topic, reason })
      return reason === undefined
    }
    return new Map([...configs].filter(isRight))
  }

  async #readBrokers(): Promise<void> {
    const { configs } = this.#options.znodes
    this.#brokerDefaults = await configs.get('brokers', DEFAULT_ENTITY)
    this.#brokerOverrides = await configs.get('brokers', String(this.#options.brokerId))
    this.#options.onBrokerChange(this.#brokerDefaults, this.#brokerOverrides)
  }
}
