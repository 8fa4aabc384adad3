/** What the properties file of a controller says about it. */
import { join } from 'node:path'
import type { NewRaftVoter } from '@millrace/client'
import { readProperties } from '../command-line/client-settings.js'
import { ToolError } from '../command-line/tool.js'

const IS_IT_VALID = 'Is this a valid controller configuration file?'

/** Errors: ToolError, in the words of Kafka's tool. */
export function newController(file: string): NewRaftVoter {
  const properties = readProperties(file)
  return {
    voterId: nodeId(properties),
    voterDirectoryId: directoryId(metadataDirectory(properties)),
    endpoints: controllerEndpoints(properties),
  }
}

type Properties = ReadonlyMap<string, string>

function nodeId(properties: Properties): number {
  const text = properties.get('node.id')
  if (text === undefined) throw new ToolError(`node.id not found in configuration file. ${IS_IT_VALID}`)
  const id = Number(text)
  if (!(id >= 0)) throw new ToolError(`node.id was negative in configuration file. ${IS_IT_VALID}`)
  if (properties.get('process.roles')?.includes('controller')) return id
  throw new ToolError(`process.roles did not contain 'controller' in configuration file. ${IS_IT_VALID}`)
}

function metadataDirectory(properties: Properties): string {
  const [first] = (properties.get('log.dirs') ?? '').split(',')
  const directory = properties.get('metadata.log.dir') ?? first?.trim()
  if (directory) return directory
  throw new ToolError(`Neither metadata.log.dir nor log.dirs were found. ${IS_IT_VALID}`)
}

function directoryId(directory: string): string {
  const id = readProperties(join(directory, 'meta.properties')).get('directory.id')
  if (id === undefined) throw new ToolError(`No directory id found in ${directory}`)
  return id
}

/** Exported for tests. */
export function controllerEndpoints(properties: Properties): NewRaftVoter['endpoints'] {
  const names = properties.get('controller.listener.names')
  if (names === undefined) throw new ToolError(`controller.listener.names was not found. ${IS_IT_VALID}`)
  const listeners = [properties.get('listeners') ?? '', properties.get('advertised.listeners') ?? '']
  const byName = new Map(listeners.flatMap((list) => list.split(',').flatMap(endpointOf)))
  return names.split(',').map((text) => {
    const name = text.trim().toUpperCase()
    const endpoint = byName.get(name)
    if (endpoint !== undefined) return { name, ...endpoint }
    throw new ToolError(`Cannot find information about controller listener name: ${name}`)
  })
}

function endpointOf(text: string): readonly (readonly [string, { readonly host: string; readonly port: number }])[] {
  const match = /^([^:]+):\/\/\[?(.*?)\]?:(\d+)$/.exec(text.trim())
  if (match === null) return []
  const [, name = '', host = '', port] = match
  return [[name.toUpperCase(), { host: host || 'localhost', port: Number(port) }]]
}
