/** How a client speaks TLS: the options of `tls.connect` that are plain data, because they go to other threads. */
export interface ZooKeeperTlsOptions {
  /** Authorities, PEM; default: those that Node knows. */
  readonly ca?: Uint8Array | string
  /** The client's certificate and its key, PEM. */
  readonly cert?: Uint8Array | string
  readonly key?: Uint8Array | string
  /** Both of them, PKCS12. */
  readonly pfx?: Uint8Array
  /** Of `key` or `pfx`. */
  readonly passphrase?: string
  /** Default true: the certificate must be for the host that was asked for. */
  readonly verifyHostName?: boolean
  /** Default true. False takes any certificate: for tests. */
  readonly rejectUnauthorized?: boolean
}
