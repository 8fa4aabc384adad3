import { stopServers } from '../running-servers.js'

/** `zookeeper-server-stop`: asks every ZooKeeper server that this user runs on this machine to shut down cleanly. */
export function zookeeperServerStop(): Promise<void> {
  stopServers('zookeeper')
  return Promise.resolve()
}
