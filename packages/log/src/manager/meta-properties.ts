import { formatProperties, MalformedCheckpointError, META_PROPERTIES, parseProperties } from '../core/checkpoints.js'
import type { Disk } from '../disk/disk.js'
import { readFileIfExists, replaceFile } from '../disk/whole-files.js'
import { LogDirectoryError } from './log-directory-error.js'

/** Whose directory it is. */
export interface MetaProperties {
  readonly brokerId: number | undefined
  readonly clusterId: string | undefined
}

/**
 * What `meta.properties` says: version 0 of brokers with ZooKeeper (`broker.id`), version 1 of those with KRaft
 * (`node.id`). `undefined` if there is no file. Rejects with MALFORMED_META_PROPERTIES.
 */
export async function readMetaProperties(disk: Disk, directory: string): Promise<MetaProperties | undefined> {
  const properties = await readProperties(disk, directory)
  return properties === undefined ? undefined : metaPropertiesOf(properties, directory)
}

/**
 * Makes the directory this broker's, or makes sure that it is. Writes the file when something is missing in it, and
 * keeps what else stands there. Rejects with INCONSISTENT_CLUSTER_ID or INCONSISTENT_BROKER_ID.
 */
export async function claimDirectory(
  disk: Disk,
  directory: string,
  owner: { readonly brokerId: number; readonly clusterId: string; readonly nowMs: number },
): Promise<void> {
  const properties = (await readProperties(disk, directory)) ?? new Map([['version', '0']])
  const found = metaPropertiesOf(properties, directory)
  if (found.clusterId !== undefined && found.clusterId !== owner.clusterId) {
    const message = `${directory} belongs to the cluster ${found.clusterId}, this broker to ${owner.clusterId}`
    throw new LogDirectoryError('INCONSISTENT_CLUSTER_ID', message, { directory })
  }
  if (found.brokerId !== undefined && found.brokerId !== owner.brokerId) {
    const message = `${directory} belongs to the broker ${found.brokerId}, this one is ${owner.brokerId}`
    throw new LogDirectoryError('INCONSISTENT_BROKER_ID', message, { directory })
  }
  if (found.clusterId !== undefined && found.brokerId !== undefined) return
  properties.set('cluster.id', owner.clusterId)
  properties.set(properties.get('version') === '1' ? 'node.id' : 'broker.id', String(owner.brokerId))
  await replaceFile(
    disk,
    `${directory}/${META_PROPERTIES}`,
    formatProperties(properties, new Date(owner.nowMs).toUTCString()),
  )
}

async function readProperties(disk: Disk, directory: string): Promise<Map<string, string> | undefined> {
  const content = await readFileIfExists(disk, `${directory}/${META_PROPERTIES}`)
  if (content === undefined) return undefined
  try {
    return parseProperties(content.toString('utf8'))
  } catch (error) {
    if (error instanceof MalformedCheckpointError) throw malformed(directory, error.message, error)
    throw error
  }
}

function metaPropertiesOf(properties: ReadonlyMap<string, string>, directory: string): MetaProperties {
  const version = properties.get('version')
  if (version !== '0' && version !== '1') throw malformed(directory, `unknown version ${version}`)
  const brokerId = properties.get(version === '1' ? 'node.id' : 'broker.id')
  if (brokerId !== undefined && !/^\d+$/.test(brokerId)) throw malformed(directory, `broker id ${brokerId}`)
  return {
    brokerId: brokerId === undefined ? undefined : Number(brokerId),
    clusterId: properties.get('cluster.id'),
  }
}

function malformed(directory: string, detail: string, cause?: unknown): LogDirectoryError {
  const message = `${directory}/${META_PROPERTIES} cannot be read: ${detail}`
  return new LogDirectoryError('MALFORMED_META_PROPERTIES', message, { directory, cause })
}
