import { nearestKey } from '@millrace/protocol'
import type { AdminConfig } from '../admin/admin-config.js'
import type { ConsumerConfig } from '../consumer/consumer-config.js'
import type { ProducerConfig } from '../producer/producer-options.js'
import type { Bytes } from '../serdes/headers.js'
import { adminConfigs } from './admin-configs.js'
import { consumerConfigs } from './consumer-configs.js'
import { producerConfigs } from './producer-configs.js'
import { configOfProperties } from './properties-file.js'

const tables = { producer: producerConfigs, consumer: consumerConfigs, admin: adminConfigs } as const

export interface ClientConfigs {
  readonly producer: ProducerConfig<Bytes | null, Bytes | null>
  readonly consumer: ConsumerConfig<Buffer | null, Buffer | null>
  readonly admin: AdminConfig
}

export type ClientKind = keyof ClientConfigs

export interface LenientConfig<Kind extends ClientKind> {
  /** What the constructor takes; it says what is wrong with values. */
  readonly config: ClientConfigs[Kind]
  /** Keys that no client of Kafka has, each with the one that may have been meant. */
  readonly unknown: ReadonlyMap<string, string | undefined>
}

/**
 * Settings as Java's clients take them: what another kind of client has is left out in silence, since one file serves
 * several programs, and what no client has is left out and told. For command-line tools.
 */
export function lenientConfig<Kind extends ClientKind>(
  kind: Kind,
  entries: ReadonlyMap<string, string>,
): LenientConfig<Kind> {
  const everyKey = Object.values(tables).flatMap((table) => Object.keys(table))
  const config: Record<string, unknown> = {}
  const unknown = new Map<string, string | undefined>()
  for (const [key, value] of Object.entries(configOfProperties(entries))) {
    if (key in tables[kind]) config[key] = value
    else if (!everyKey.includes(key)) unknown.set(key, nearestKey(key, everyKey))
  }
  return { config: config as ClientConfigs[Kind], unknown }
}
