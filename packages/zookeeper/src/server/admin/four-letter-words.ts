/**
 * The four-letter words: what a connection is answered whose first four bytes are no length but `ruok` or one of its
 * siblings. The texts are byte for byte those of ZooKeeper 3.8's standalone server (`org.apache.zookeeper.server.command`),
 * but for the order within sets, which is a hash table's there.
 *
 * It reads a view of the server and changes nothing, except that `srst` and `crst` reset counters. It has no socket: who
 * has it writes the answer and closes the connection. ZooKeeper's `gtmk`, `stmk` (trace masks) and `hash` (digests of the
 * tree) are not known here: nothing is traced, and no digest is kept.
 */
import type { AdminConnection, AdminView } from './admin-view.js'
import { grouped } from './grouped.js'
import { javaDate, javaDouble, javaHex, javaSocketAddress } from './java-text.js'
import { monitorValues } from './monitor-values.js'
import { watchesByPath, watchSummary } from './watch-reports.js'

const notServing = 'This ZooKeeper instance is not currently serving requests\n'

type Answer = (view: AdminView) => string

/** Each word's answer from a server that serves, and, if it differs from the usual sentence, from one that does not. */
const words: Readonly<Record<string, { readonly answer: Answer; readonly whenNotServing?: Answer }>> = {
  conf: { answer: conf },
  cons: { answer: cons },
  crst: { answer: crst },
  dirs: { answer: dirs },
  dump: { answer: dump },
  envi: { answer: envi, whenNotServing: envi },
  isro: { answer: () => 'rw', whenNotServing: () => 'null' },
  mntr: { answer: mntr },
  ruok: { answer: () => 'imok', whenNotServing: () => 'imok' },
  srst: { answer: srst },
  srvr: { answer: (view) => `${versionLine(view)}${summary(view)}` },
  stat: { answer: stat },
  wchc: { answer: wchc },
  wchp: { answer: wchp },
  wchs: { answer: wchs },
}

const wordsByNumber = new Map(Object.keys(words).map((word) => [Buffer.from(word, 'latin1').readInt32BE(0), word]))

/** The word that the first four bytes of a connection are, read as a big-endian int; undefined: they are a length. */
export function fourLetterWord(first4Bytes: number): string | undefined {
  return wordsByNumber.get(first4Bytes)
}

/** Answers words about one server. */
export class FourLetterWords {
  readonly #view: AdminView
  readonly #whitelist: ReadonlySet<string>

  /** `whitelist`: the words to answer, `*` for all (`4lw.commands.whitelist`). `srvr` is always answered. */
  constructor(view: AdminView, whitelist: Iterable<string>) {
    this.#view = view
    const listed = new Set(whitelist)
    this.#whitelist = new Set(['srvr', ...(listed.has('*') ? Object.keys(words) : listed)])
  }

  /** What to write before closing the connection; undefined: not a four-letter word. */
  answer(word: string): string | undefined {
    const command = Object.hasOwn(words, word) ? words[word] : undefined
    if (command === undefined) return undefined
    if (!this.#whitelist.has(word)) return `${word} is not executed because it is not in the whitelist.\n`
    if (this.#view.isServing) return command.answer(this.#view)
    return command.whenNotServing?.(this.#view) ?? notServing
  }
}

function versionLine({ version }: AdminView): string {
  return `Zookeeper version: ${version}\n`
}

/** `ServerStats.toString`, and the number of nodes. */
function summary(view: AdminView): string {
  const { stats } = view
  const { lastZxid, nodeCount, connectionCount, outstandingRequests } = view.counts()
  const { min, avg, max } = stats.latency
  return [
    `Latency min/avg/max: ${min}/${javaDouble(avg)}/${max}`,
    `Received: ${stats.packetsReceived}`,
    `Sent: ${stats.packetsSent}`,
    `Connections: ${connectionCount}`,
    `Outstanding: ${outstandingRequests}`,
    `Zxid: 0x${javaHex(lastZxid)}`,
    'Mode: standalone',
    `Node count: ${nodeCount}`,
    '',
  ].join('\n')
}

function stat(view: AdminView): string {
  const clients = view.connections().map((connection) => `${connectionText(connection)})\n`)
  return `${versionLine(view)}Clients:\n${clients.join('')}\n${summary(view)}`
}

function cons(view: AdminView): string {
  const lines = view.connections().map((connection) => `${connectionText(connection)}${sessionText(connection)})\n`)
  return `${lines.join('')}\n`
}

/** `ServerCnxn.dumpConnectionInfo`, up to its closing bracket. */
function connectionText(connection: AdminConnection): string {
  const { address, port, interestOps, outstandingRequests, packetsReceived, packetsSent } = connection
  const counts = `queued=${outstandingRequests},recved=${packetsReceived},sent=${packetsSent}`
  return ` ${javaSocketAddress(address, port)}[${interestOps.toString(16)}](${counts}`
}

function sessionText({ session }: AdminConnection): string {
  if (session === undefined) return ''
  const fields = [
    `sid=0x${javaHex(session.sessionId)}`,
    `lop=${session.lastOperation}`,
    `est=${session.establishedMs}`,
    `to=${session.timeoutMs}`,
    ...(session.lastCxid >= 0 ? [`lcxid=0x${javaHex(session.lastCxid)}`] : []),
    `lzxid=0x${javaHex(session.lastZxid)}`,
    `lresp=${session.lastResponseTimeMs}`,
    `llat=${session.lastLatencyMs}`,
    `minlat=${session.minLatencyMs}`,
    `avglat=${session.avgLatencyMs}`,
    `maxlat=${session.maxLatencyMs}`,
  ]
  return `,${fields.join(',')}`
}

function crst(view: AdminView): string {
  view.resetConnectionStats()
  return 'Connection stats reset.\n'
}

function srst({ stats }: AdminView): string {
  stats.reset()
  return 'Server stats reset.\n'
}

function conf(view: AdminView): string {
  const { configuration } = view
  const { dataDirBytes, dataLogDirBytes } = view.directorySizes()
  return [
    `clientPort=${configuration.clientPort}`,
    `secureClientPort=${configuration.secureClientPort}`,
    `dataDir=${configuration.dataDir}`,
    `dataDirSize=${dataDirBytes}`,
    `dataLogDir=${configuration.dataLogDir}`,
    `dataLogSize=${dataLogDirBytes}`,
    `tickTime=${configuration.tickTimeMs}`,
    `maxClientCnxns=${configuration.maxClientCnxns}`,
    `minSessionTimeout=${configuration.minSessionTimeoutMs}`,
    `maxSessionTimeout=${configuration.maxSessionTimeoutMs}`,
    `clientPortListenBacklog=${configuration.clientPortListenBacklog}`,
    `serverId=${configuration.serverId}`,
    '',
  ].join('\n')
}

function dirs(view: AdminView): string {
  const { dataDirBytes, dataLogDirBytes } = view.directorySizes()
  return `datadir_size: ${dataDirBytes}\nlogdir_size: ${dataLogDirBytes}\n`
}

function envi(view: AdminView): string {
  const lines = view.environment().map(([name, value]) => `${name}=${value}\n`)
  return `Environment:\n${lines.join('')}`
}

function mntr(view: AdminView): string {
  const lines = monitorValues(view).map(([name, value]) => `zk_${name}\t${monitorText(name, value)}\n`)
  return lines.join('')
}

/** Means are doubles in Java, also when they are whole. */
function monitorText(name: string, value: string | number): string {
  if (typeof value === 'string') return value
  return name.startsWith('avg_') || !Number.isInteger(value) ? javaDouble(value) : String(value)
}

function dump(view: AdminView): string {
  const ephemerals = view.ephemerals()
  const sessions = view.sessions().map(({ sessionId, expiresAtMs }) => {
    return { text: `0x${javaHex(sessionId)}`, expiresAtMs }
  })
  const connections = view.connections().map(({ address, port, session, expiresAtMs }) => {
    const sessionId = javaHex(session?.sessionId ?? 0n)
    return { text: `ip: ${javaSocketAddress(address, port)} sessionId: 0x${sessionId}`, expiresAtMs }
  })
  return [
    `SessionTracker dump:\nSession ${expiryText(sessions)}`,
    `ephemeral nodes dump:\nSessions with Ephemerals (${ephemerals.size}):\n${bySession(ephemerals, ':')}`,
    `Connections dump:\nConnections ${expiryText(connections)}`,
  ].join('')
}

/** `ExpiryQueue.dump`: who ends when, the soonest first. */
function expiryText(entries: readonly { readonly text: string; readonly expiresAtMs: number }[]): string {
  const sets = grouped(entries.map(({ text, expiresAtMs }) => [expiresAtMs, text] as const))
  const soonestFirst = [...sets].sort(([a], [b]) => a - b)
  const lines = soonestFirst.flatMap(([expiresAtMs, texts]) => [
    `${texts.length} expire at ${javaDate(expiresAtMs)}:`,
    ...texts.map((text) => `\t${text}`),
  ])
  return `${[`Sets (${sets.size})/(${entries.length}):`, ...lines].join('\n')}\n`
}

function wchs(view: AdminView): string {
  const { connectionCount, pathCount, watchCount } = watchSummary(view)
  return `${connectionCount} connections watching ${pathCount} paths\nTotal watches:${watchCount}\n`
}

function wchc(view: AdminView): string {
  return `${bySession(view.watches(), '')}\n`
}

function wchp(view: AdminView): string {
  const lines = [...watchesByPath(view)].flatMap(([path, ids]) => [path, ...ids.map((id) => `\t0x${javaHex(id)}`)])
  return `${lines.map((line) => `${line}\n`).join('')}\n`
}

function bySession(pathsBySession: ReadonlyMap<bigint, readonly string[]>, afterId: string): string {
  const lines = [...pathsBySession].flatMap(([id, paths]) => [
    `0x${javaHex(id)}${afterId}\n`,
    ...paths.map((path) => `\t${path}\n`),
  ])
  return lines.join('')
}
