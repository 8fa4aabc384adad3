/** The socket to a broker, with TLS or without. */
import { createConnection, isIP, type Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

interface Peer {
  readonly host: string
  readonly port: number
  readonly tls?: ConnectionOptions
}

/** Of Node's codes, those that OpenSSL's verdict on a certificate has, and those of the handshake. */
const TLS_FAILURE =
  /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERROR_IN_C|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_)/

/** `onConnected` is called when bytes can be sent: with TLS, when its handshake is through. */
export function openSocket({ host, port, tls }: Peer, onConnected: () => void): Socket {
  if (tls === undefined) return createConnection({ host, port, noDelay: true, keepAlive: true }, onConnected)
  // Loaded with the first connection that has it: most are without.
  const { connect } = process.getBuiltinModule('node:tls')
  const socket = connect({ servername: isIP(host) === 0 ? host : '', ...tls, host, port }, onConnected)
  socket.setNoDelay(true)
  return socket
}

/** Whether a connection failed for what TLS wants, so that another try would fail as well. */
export function isTlsFailure(error: { readonly code?: string } | undefined): boolean {
  return TLS_FAILURE.test(error?.code ?? '')
}
