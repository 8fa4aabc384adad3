/** The thread's side of a session: carries out its calls, and tells of all that happens, in order. */
import type { MessagePort } from 'node:worker_threads'
import type { ClientSession } from '../client/client-session.js'
import { openTcpSession } from '../client/connect-zookeeper.js'
import type { Request } from '../core/requests.js'
import { isZooKeeperError } from '../errors.js'
import type { ZooKeeperState } from '../zookeeper.js'
import { portableError, type SessionCommand, type SessionEvent, type ThreadCommand } from './messages.js'
import { Outbox } from './outbox.js'
import { arrivedRequest, asBuffer, portableReply } from './portable.js'

/** Opens the session and serves it until it is closed. */
export async function hostSession(command: Extract<ThreadCommand, { kind: 'openSession' }>): Promise<void> {
  const { port, servers, options } = command
  const outbox = new Outbox<SessionEvent>((events) => port.postMessage(events))
  const opening = new AbortController()
  port.once('close', () => opening.abort())
  const closedEarly = (message: SessionCommand) => {
    if (message.kind === 'close') opening.abort()
  }
  port.on('message', closedEarly)
  let session: ClientSession
  try {
    const known = options.session
    session = await openTcpSession(servers, {
      ...options,
      ...(known === undefined ? {} : { session: { id: known.id, password: asBuffer(known.password) } }),
      signal: opening.signal,
    })
  } catch (error) {
    outbox.push({ kind: 'refused', error: portableError(error) })
    outbox.push({ kind: 'closed' })
    return
  } finally {
    port.off('message', closedEarly)
  }
  serve(session, port, outbox)
}

function serve(session: ClientSession, port: MessagePort, outbox: Outbox<SessionEvent>): void {
  const tellState = (state: ZooKeeperState) => {
    const { id, password, timeoutMs } = session
    outbox.push({ kind: 'state', state, session: { id, password, timeoutMs } })
  }
  session.onStateChange(tellState)
  session.onNotification((event) => outbox.push({ kind: 'notification', event }))
  port.on('message', (command: SessionCommand) => {
    if (command.kind === 'close') {
      void session.close().then(() => outbox.push({ kind: 'closed' }))
      return
    }
    for (const { id, request } of command.calls) carryOut(session, outbox, id, arrivedRequest(request))
  })
  // An owner that is gone has no use for the session.
  port.once('close', () => void session.close())
  tellState(session.state)
}

function carryOut(session: ClientSession, outbox: Outbox<SessionEvent>, id: number, request: Request): void {
  session
    .send(request, (reply) => outbox.push({ kind: 'reply', id, reply: portableReply(reply) }))
    .catch((error: unknown) => {
      const code = isZooKeeperError(error) ? error.code : 'SYSTEMERROR'
      outbox.push({ kind: 'failed', id, code })
    })
}
