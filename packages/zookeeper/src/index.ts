export { type ConnectLocalOptions, connectLocal } from './client/connect-local.js'
export { ZooKeeperClient, type ZooKeeperClientOptions } from './client/zookeeper-client.js'
export * from './core/data-types.js'
export {
  isZooKeeperError,
  ZooKeeperError,
  ZooKeeperErrorCode,
  type ZooKeeperErrorName,
  zooKeeperErrorName,
} from './errors.js'
export { digestId } from './server/auth-providers.js'
export type { Connection, ConnectionSink, ConnectRequest, Endpoint, ReplyHandler } from './server/endpoint.js'
export { type ServerStatus, ZooKeeperServer, type ZooKeeperServerOptions } from './server/zookeeper-server.js'
export { ManualPorts, MemoryStoreDirectory } from './store/memory-ports.js'
export { NodeStoreDirectory, systemPorts } from './store/node-ports.js'
export type { AppendFile, AppendOptions, Clock, Ports, Randomness, StoreDirectory, Timers } from './store/ports.js'
export { StoreError } from './store/store-error.js'
export type { RecoverySummary } from './store/txn-store.js'
export type { CreateOptions, WatchedEvent, Watcher, ZooKeeper, ZooKeeperState } from './zookeeper.js'
