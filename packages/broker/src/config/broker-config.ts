/**
 * The configuration of one broker: `server.properties` under the dynamic configs of KIP-226.
 *
 * A value comes from, in this order: this broker's dynamic config, the cluster-wide dynamic default, the properties
 * file, the table's default. Every read asks again, so that a dynamic change is seen at once.
 */
import assert from 'node:assert'
import { type ConfigKey, type ConfigValue, type DynamicUpdate, parseConfig, type ValuesOf } from './config-key.js'
import { generalConfigs } from './keys/general.js'
import { groupsConfigs } from './keys/groups.js'
import { kraftConfigs } from './keys/kraft.js'
import { logConfigs } from './keys/log.js'
import { millraceConfigs } from './keys/millrace.js'
import { networkConfigs } from './keys/network.js'
import { quotasMetricsConfigs } from './keys/quotas-metrics.js'
import { remoteStorageConfigs } from './keys/remote-storage.js'
import { replicationConfigs } from './keys/replication.js'
import { securityConfigs } from './keys/security.js'
import { transactionsConfigs } from './keys/transactions.js'
import { zookeeperConfigs } from './keys/zookeeper.js'

export const brokerConfigs = {
  ...generalConfigs,
  ...networkConfigs,
  ...logConfigs,
  ...replicationConfigs,
  ...groupsConfigs,
  ...transactionsConfigs,
  ...zookeeperConfigs,
  ...millraceConfigs,
  ...securityConfigs,
  ...quotasMetricsConfigs,
  ...kraftConfigs,
  ...remoteStorageConfigs,
}

export type BrokerConfigName = keyof typeof brokerConfigs
export type BrokerConfigValues = ValuesOf<typeof brokerConfigs>

/** Kafka's ConfigSource of DescribeConfigs. */
export type ConfigSource = 'dynamicBroker' | 'dynamicDefaultBroker' | 'staticBroker' | 'default'

export interface SourcedText {
  readonly text: string | null
  readonly source: ConfigSource
}

export function isBrokerConfig(name: string): name is BrokerConfigName {
  return Object.hasOwn(brokerConfigs, name)
}

export function keyOf(name: BrokerConfigName): ConfigKey {
  return brokerConfigs[name]
}

export class BrokerConfig {
  readonly #static: ReadonlyMap<string, string>
  #dynamicDefault: ReadonlyMap<string, string> = new Map()
  #dynamic: ReadonlyMap<string, string> = new Map()
  readonly #parsed = new Map<string, ConfigValue>()
  #version = 0

  constructor(staticTexts: ReadonlyMap<string, string>) {
    this.#static = staticTexts
  }

  /** Changes when any value may have changed. */
  get version(): number {
    return this.#version
  }

  /** The value in force. */
  get<Name extends BrokerConfigName>(name: Name): BrokerConfigValues[Name] {
    let value = this.#parsed.get(name)
    if (value === undefined) {
      const text = this.text(name)
      const parsed = text === null ? { value: null } : parseConfig(brokerConfigs[name], text)
      assert('value' in parsed, `${name} was checked when it was set`)
      value = parsed.value
      this.#parsed.set(name, value)
    }
    return value as BrokerConfigValues[Name]
  }

  /** The text of the value in force; null when it has none. */
  text(name: string): string | null {
    return this.sources(name)[0]?.text ?? null
  }

  /** Everything that gives this key a value, the one in force first. Kafka's synonyms of DescribeConfigs. */
  sources(name: string): SourcedText[] {
    const sources: SourcedText[] = []
    const add = (text: string | null | undefined, source: ConfigSource) => {
      if (text !== undefined && text !== null) sources.push({ text, source })
    }
    add(this.#dynamic.get(name), 'dynamicBroker')
    add(this.#dynamicDefault.get(name), 'dynamicDefaultBroker')
    add(this.#static.get(name), 'staticBroker')
    if (isBrokerConfig(name)) add(keyOf(name).defaultText, 'default')
    return sources
  }

  /** Takes the dynamic configs as they now are in the store. */
  setDynamic(dynamicDefault: ReadonlyMap<string, string>, dynamic: ReadonlyMap<string, string>): void {
    this.#dynamicDefault = acceptable(dynamicDefault, ['clusterWide'])
    this.#dynamic = acceptable(dynamic, ['clusterWide', 'perBroker'])
    this.#parsed.clear()
    this.#version += 1
  }

  /** This config as it would be with other dynamic configs, each level as it is unless it is given. */
  withDynamic(changed: { dynamicDefault?: ReadonlyMap<string, string>; dynamic?: ReadonlyMap<string, string> }) {
    const copy = new BrokerConfig(this.#static)
    copy.setDynamic(changed.dynamicDefault ?? this.#dynamicDefault, changed.dynamic ?? this.#dynamic)
    return copy
  }
}

/** What another broker wrote may be unknown or wrong here: that must not take this one down. */
function acceptable(
  texts: ReadonlyMap<string, string>,
  updates: readonly DynamicUpdate[],
): ReadonlyMap<string, string> {
  const isRight = ([name, text]: [string, string]) => {
    if (!isBrokerConfig(name)) return false
    const key = keyOf(name)
    return key.update !== undefined && updates.includes(key.update) && 'value' in parseConfig(key, text)
  }
  return new Map([...texts].filter(isRight))
}
