export { SharedVersions } from './api-versions.js'
export { ExponentialBackoff } from './backoff.js'
export {
  BrokerConnection,
  type BrokerConnectionOptions,
  type ConnectionObserver,
  type SendOptions,
} from './broker-connection.js'
export { NetworkError, type NetworkErrorCode } from './network-error.js'
export { type NetPorts, systemNetPorts, type Timers } from './ports.js'
export type { SaslClient } from './sasl/authenticate.js'
export { plain } from './sasl/plain.js'
export { type ScramOptions, scram } from './sasl/scram.js'
