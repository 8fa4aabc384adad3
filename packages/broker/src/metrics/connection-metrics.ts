/** Connections and what goes over them, by listener (Kafka: socket-server-metrics). */
import { type MetricFamily, seriesOf } from './metrics-registry.js'

export interface ConnectionView {
  readonly listenerName: string
  /** Since it was accepted. */
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Of answers that wait for their reader. */
  readonly unsentBytes: number
}

interface ListenerCounts {
  created: number
  refused: number
  broken: number
  /** Of the connections that are closed. */
  bytesRead: number
  bytesWritten: number
  readonly open: Set<ConnectionView>
}

/** The bytes are asked of the sockets at the scrape: nothing is counted when they come and go. */
export class ConnectionMetrics {
  readonly #listeners = new Map<string, ListenerCounts>()

  opened(connection: ConnectionView): void {
    const counts = this.#of(connection.listenerName)
    counts.created += 1
    counts.open.add(connection)
  }

  /** @param isBroken something went wrong: what the peer sent, or this broker */
  closed(connection: ConnectionView, isBroken = false): void {
    const counts = this.#of(connection.listenerName)
    if (!counts.open.delete(connection)) return
    if (isBroken) counts.broken += 1
    counts.bytesRead += connection.bytesRead
    counts.bytesWritten += connection.bytesWritten
  }

  /** Over a limit: closed at once. */
  refused(listenerName: string): void {
    this.#of(listenerName).refused += 1
  }

  /** Of all connections, in memory. */
  get unsentBytes(): number {
    let bytes = 0
    for (const { open } of this.#listeners.values()) for (const { unsentBytes } of open) bytes += unsentBytes
    return bytes
  }

  families(): MetricFamily[] {
    const kafka = 'kafka_server_socket_server_metrics'
    return [
      this.#family('gauge', `${kafka}_connection_count`, 'Open connections.', ({ open }) => open.size),
      this.#family('counter', `${kafka}_connection_creation_total`, 'Connections accepted.', ({ created }) => created),
      this.#family(
        'counter',
        'millrace_connections_refused_total',
        'Connections over a limit.',
        ({ refused }) => refused,
      ),
      this.#family(
        'counter',
        'millrace_connections_broken_total',
        'Connections closed because of what was sent, or a fault here.',
        ({ broken }) => broken,
      ),
      this.#family('counter', `${kafka}_incoming_byte_total`, 'Bytes received.', ({ bytesRead, open }) => {
        let bytes = bytesRead
        for (const connection of open) bytes += connection.bytesRead
        return bytes
      }),
      this.#family('counter', `${kafka}_outgoing_byte_total`, 'Bytes sent.', ({ bytesWritten, open }) => {
        let bytes = bytesWritten
        for (const connection of open) bytes += connection.bytesWritten
        return bytes
      }),
    ]
  }

  #family(type: 'counter' | 'gauge', name: string, help: string, read: (counts: ListenerCounts) => number) {
    const listeners = this.#listeners
    return seriesOf(type, name, help, function* () {
      for (const [listener, counts] of listeners) yield [{ listener }, read(counts)]
    })
  }

  #of(listenerName: string): ListenerCounts {
    let counts = this.#listeners.get(listenerName)
    if (counts === undefined) {
      counts = { created: 0, refused: 0, broken: 0, bytesRead: 0, bytesWritten: 0, open: new Set() }
      this.#listeners.set(listenerName, counts)
    }
    return counts
  }
}
