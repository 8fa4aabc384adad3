/** What tools with one admin client have in common. */
import { KafkaAdminClient } from '@millrace/client'
import { bootstrapSettings, clientSettings } from './client-settings.js'

interface ClusterInvocation {
  readonly options: {
    readonly 'bootstrap-server': string | undefined
    readonly 'bootstrap-controller'?: string | undefined
    readonly 'command-config': string | undefined
  }
  complain(line: string): void
}

/** A client for the cluster that `clusterOptions` and `controllerOption` name. `defaults` where the file says nothing. Errors: ToolError, ConfigError. */
export function adminClient(
  { options, complain }: ClusterInvocation,
  defaults: Readonly<Record<string, string>> = {},
): KafkaAdminClient {
  const { 'bootstrap-server': servers, 'bootstrap-controller': controllers, 'command-config': file } = options
  const fixed = bootstrapSettings(servers, controllers)
  return new KafkaAdminClient(clientSettings('admin', { file, fixed, defaults }, complain))
}
