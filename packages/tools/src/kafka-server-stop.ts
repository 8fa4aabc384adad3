import { stopServers } from './running-servers.js'

/** `kafka-server-stop`: asks every broker that this user runs on this machine to shut down cleanly. */
export function kafkaServerStop(): Promise<void> {
  stopServers('kafka')
  return Promise.resolve()
}
