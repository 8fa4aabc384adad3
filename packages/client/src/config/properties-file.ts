/**
 * Takes Java's `.properties` files, so that the file of a Java client serves as it is. Keys that only Java can make
 * use of are left out, with a warning.
 */
import { readFileSync } from 'node:fs'
import { parseProperties } from '@millrace/protocol'
import { type Logger, silentLogger } from '../ports.js'
import { sslConfigs } from './ssl-configs.js'

/** Known to Java’s clients; nothing that could be followed here. */
const JAVA_ONLY = new Set([
  'auto.include.jmx.reporter',
  'enable.metrics.push',
  'metric.reporters',
  'metrics.recording.level',
  'receive.buffer.bytes',
  'security.providers',
  'send.buffer.bytes',
])

/** What a client's constructor takes. Errors: those of reading the file. */
export function readPropertiesFile(file: string, logger: Logger = silentLogger): Readonly<Record<string, unknown>> {
  return configOfProperties(parseProperties(readFileSync(file, 'utf8')), logger)
}

/** The same of entries that come from elsewhere. */
export function configOfProperties(
  entries: ReadonlyMap<string, string>,
  logger: Logger = silentLogger,
): Readonly<Record<string, unknown>> {
  const config: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    if (JAVA_ONLY.has(key)) logger.warn({ key }, 'This setting has no meaning here and is ignored')
    else if (key.startsWith('ssl.') && !(key in sslConfigs)) {
      logger.warn({ key }, 'This setting of TLS is ignored: use tls for it')
    } else config[key] = value
  }
  return config
}
