/** From a client's settings to what its cluster needs. Errors: ConfigError with every mistake. */

import type { ConnectionOptions } from 'node:tls'
import { plain, type SaslClient, scram } from '@millrace/net'
import type { ClusterOptions } from '../cluster/cluster.js'
import { type ClientPorts, type Logger, silentLogger, systemClientPorts } from '../ports.js'
import type { commonConfigs } from './common-configs.js'
import type { ConfigValues } from './config-table.js'
import type { Credentials } from './credentials.js'
import { parseJaas } from './jaas.js'
import { ConfigError } from './parse-config.js'
import { tlsOptions } from './tls-options.js'

/** What only JavaScript has: never dotted, so that the two vocabularies cannot be confused. */
export interface CommonOptions {
  /**
   * Options of `tls.connect`, for `security.protocol` SSL and SASL_SSL; they count before `ssl.*`. Default: Node's, with its
   * certificate authorities.
   */
  readonly tls?: ConnectionOptions
  /** For SASL, in place of `sasl.jaas.config`; a function is asked anew for each connection. */
  readonly credentials?: Credentials | (() => Credentials | Promise<Credentials>)
  /** Who is told what happens: fields first, as pino. Default: nobody. */
  readonly logger?: Logger
}

export const COMMON_OPTION_KEYS = ['tls', 'credentials', 'logger', 'ports'] as const

/** `bootstrap.controllers` of an admin client is in the place of `bootstrap.servers`. */
export function clusterOptions(
  values: ConfigValues<typeof commonConfigs> & { readonly 'bootstrap.controllers'?: readonly string[] | undefined },
  options: CommonOptions & { readonly ports?: ClientPorts },
  allowAutoTopicCreation: boolean,
): ClusterOptions {
  const mistakes: string[] = []
  const { 'bootstrap.servers': servers = [], 'bootstrap.controllers': controllers = [] } = values
  const areControllers = controllers.length > 0
  if (areControllers && servers.length > 0)
    mistakes.push('bootstrap.servers and bootstrap.controllers exclude each other')
  const key = areControllers ? 'bootstrap.controllers' : 'bootstrap.servers'
  const bootstrapServers = (areControllers ? controllers : servers).flatMap((text) => {
    const address = parseAddress(text)
    if (address === undefined) mistakes.push(`${key}: ${text} is not host:port`)
    return address ?? []
  })
  if (bootstrapServers.length === 0 && mistakes.length === 0) mistakes.push('bootstrap.servers must name a broker')
  const protocol = values['security.protocol']
  const sasl = protocol.startsWith('SASL_') ? saslOf(values, options, mistakes) : undefined
  const tls = protocol.endsWith('SSL') ? tlsOptions(values, options.tls, mistakes) : undefined
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return {
    bootstrapServers,
    areControllers,
    clientId: values['client.id'],
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    requestTimeoutMs: values['request.timeout.ms'],
    connectTimeoutMs: values['socket.connection.setup.timeout.ms'],
    connectTimeoutMaxMs: values['socket.connection.setup.timeout.max.ms'],
    reconnectBackoffMs: values['reconnect.backoff.ms'],
    reconnectBackoffMaxMs: values['reconnect.backoff.max.ms'],
    retryBackoffMs: values['retry.backoff.ms'],
    retryBackoffMaxMs: values['retry.backoff.max.ms'],
    metadataMaxAgeMs: values['metadata.max.age.ms'],
    mayRebootstrap: values['metadata.recovery.strategy'] === 'rebootstrap',
    rebootstrapTriggerMs: values['metadata.recovery.rebootstrap.trigger.ms'],
    connectionsMaxIdleMs: values['connections.max.idle.ms'],
    allowAutoTopicCreation,
    ports: options.ports ?? systemClientPorts,
    logger: options.logger ?? silentLogger,
  }
}

/** `host:port`, `[::1]:9092`, with or without a listener's name before it. */
function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\w+:\/\/)?(?:\[(?<v6>[^\]]+)\]|(?<name>[^:/[\]]+)):(?<port>\d+)$/.exec(text)
  const host = match?.groups?.['v6'] ?? match?.groups?.['name']
  const port = Number(match?.groups?.['port'])
  return host === undefined || !(port > 0 && port < 65_536) ? undefined : { host, port }
}

const TOKENS_NEED_SCRAM =
  'a delegation token needs sasl.mechanism SCRAM-SHA-256 or SCRAM-SHA-512: brokers do not take it by PLAIN'

function saslOf(
  values: ConfigValues<typeof commonConfigs>,
  { credentials }: CommonOptions,
  mistakes: string[],
): (() => Promise<SaslClient>) | undefined {
  const mechanism = values['sasl.mechanism']
  if (mechanism === undefined) {
    mistakes.push(
      `security.protocol=${values['security.protocol']} needs sasl.mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512`,
    )
    return undefined
  }
  const jaas = values['sasl.jaas.config']
  const given = credentials ?? (jaas === undefined ? undefined : parseJaas(jaas))
  if (given === undefined) {
    mistakes.push(
      jaas === undefined
        ? `sasl.mechanism=${mechanism} needs credentials or sasl.jaas.config`
        : 'sasl.jaas.config has no username and password',
    )
    return undefined
  }
  if (mechanism === 'PLAIN' && typeof given !== 'function' && given.isToken) mistakes.push(TOKENS_NEED_SCRAM)
  return async () => {
    const known = typeof given === 'function' ? await given() : given
    if (mechanism !== 'PLAIN') return scram({ mechanism, ...known })
    if (known.isToken) throw new ConfigError([TOKENS_NEED_SCRAM])
    return plain(known)
  }
}
