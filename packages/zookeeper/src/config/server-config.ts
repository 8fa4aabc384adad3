/** The settings of a server, as `zookeeper.properties` gives them. */

/** All of them, checked, with ZooKeeper's defaults in the place of what is not set. */
export interface ServerConfig {
  /** Where snapshots lie. Relative ones are taken from the working directory. */
  readonly dataDir: string
  /** Where the log lies; default: in `dataDir`. */
  readonly dataLogDir: string
  /** Undefined: no port without TLS. 0: any free one. */
  readonly clientPort: number | undefined
  /** Undefined: all addresses. */
  readonly clientPortAddress: string | undefined
  /** Undefined: no port with TLS. 0: any free one. */
  readonly secureClientPort: number | undefined
  /** Undefined: all addresses. */
  readonly secureClientPortAddress: string | undefined
  /** Is there if `secureClientPort` is. */
  readonly tls: ServerTlsConfig | undefined
  /** Connections that wait to be accepted; −1: the system's default. */
  readonly clientPortListenBacklog: number
  /** Default 3000. */
  readonly tickTimeMs: number
  /** Default 2 ticks. */
  readonly minSessionTimeoutMs: number
  /** Default 20 ticks. */
  readonly maxSessionTimeoutMs: number
  /** Connections from one address; default 60, 0: no bound. */
  readonly maxClientCnxns: number
  /** Connections in all; default 0: no bound. */
  readonly maxCnxns: number
  /** Requests that are not answered yet, of all connections; over it, no more is read. Default 1000. */
  readonly globalOutstandingLimit: number
  /** Largest request; default 1,048,575. */
  readonly juteMaxBufferBytes: number
  /** Transactions between two snapshots; default 100,000. */
  readonly snapCount: number
  /** Snapshots that are kept, with their logs; default and smallest 3. Older ones are purged with each new snapshot. */
  readonly snapRetainCount: number
  /** False: answers do not wait for the disk. */
  readonly forceSync: boolean
  /** TTL nodes. */
  readonly extendedTypesEnabled: boolean
  /** How often empty containers and outlived TTL nodes are looked for; default 60,000. */
  readonly containerCheckIntervalMs: number
  /** `user:base64(sha1(user:password))` of the user who may do everything; undefined: nobody. */
  readonly superDigest: string | undefined
  /** Nobody's permissions are checked. */
  readonly skipAcl: boolean
  /** The four-letter words that are answered, `*` for all; default `srvr`. */
  readonly fourLetterWords: readonly string[]
  readonly admin: AdminServerConfig
  /** One sentence each, for the log: what the file says that has no effect, or another than it seems. */
  readonly warnings: readonly string[]
}

/** The admin server: the four-letter words over HTTP. */
export interface AdminServerConfig {
  /** Default true. */
  readonly isEnabled: boolean
  /** Default 8080; 0: any free one. */
  readonly port: number
  /** Default 0.0.0.0. */
  readonly address: string
  /** Default `/commands`. */
  readonly commandUrl: string
  /** Default 30,000. */
  readonly idleTimeoutMs: number
}

/** TLS of the secure client port. */
export interface ServerTlsConfig {
  readonly keyStore: KeyStoreConfig
  readonly trustStore: KeyStoreConfig | undefined
  /** `need` (the default): only clients with a certificate that the trust store vouches for. `want`: a certificate is checked if there is one. */
  readonly clientAuth: 'none' | 'want' | 'need'
  /** For instance `TLSv1.2`; undefined: Node's. */
  readonly enabledProtocols: readonly string[] | undefined
  /** Names as the file has them, Java's or OpenSSL's; undefined: Node's. */
  readonly cipherSuites: readonly string[] | undefined
}

/** A file with certificates, and for a key store with their key. */
export interface KeyStoreConfig {
  readonly location: string
  readonly type: 'PEM' | 'PKCS12'
  readonly password: string | undefined
  /** A file with the password; goes before `password`. */
  readonly passwordPath: string | undefined
}

/** The settings cannot be used. `mistakes` has one sentence for each, all of them at once. */
export class ServerConfigError extends Error {
  override readonly name = 'ServerConfigError'
  readonly code = 'INVALID_CONFIG'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}
