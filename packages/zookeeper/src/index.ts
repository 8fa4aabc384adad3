export { type ConnectLocalOptions, connectLocal } from './client/connect-local.js'
export { ConnectStringError, parseConnectString, type ServerAddress } from './client/connect-string.js'
export { type ConnectZooKeeperOptions, connectZooKeeper } from './client/connect-zookeeper.js'
export { ensureChroot } from './client/ensure-chroot.js'
export { readTlsFiles, TlsFileError, type ZooKeeperTlsFiles } from './client/tls-files.js'
export type { ZooKeeperTlsOptions } from './client/tls-options.js'
export { parseServerConfig } from './config/parse-server-config.js'
export { type ServerConfig, ServerConfigError } from './config/server-config.js'
export * from './core/data-types.js'
export type { WatcherType } from './core/requests.js'
export {
  isZooKeeperError,
  ZooKeeperError,
  ZooKeeperErrorCode,
  type ZooKeeperErrorName,
  zooKeeperErrorName,
} from './errors.js'
export { digestId } from './server/auth-providers.js'
export type { Connection, ConnectionSink, ConnectRequest, Endpoint, ReplyHandler } from './server/endpoint.js'
export { Restarting, type RestartingOptions } from './server/restarting.js'
export {
  type ServerLog,
  StandaloneServer,
  type StandaloneServerOptions,
} from './server/standalone/standalone-server.js'
export { type ServerStatus, ZooKeeperServer, type ZooKeeperServerOptions } from './server/zookeeper-server.js'
export { ManualPorts, MemoryStoreDirectory } from './store/memory-ports.js'
export { NodeStoreDirectory, systemPorts } from './store/node-ports.js'
export type { AppendFile, AppendOptions, Clock, Ports, Randomness, StoreDirectory, Timers } from './store/ports.js'
export { StoreError } from './store/store-error.js'
export type { RecoverySummary } from './store/txn-store.js'
export { type ThreadServer, ZooKeeperThread, type ZooKeeperThreadOptions } from './thread/zookeeper-thread.js'
export type { CreateOptions, WatchedEvent, Watcher, ZooKeeper, ZooKeeperState } from './zookeeper.js'
