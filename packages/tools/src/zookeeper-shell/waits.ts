/** How long a command waits for a server. */
import { type ZooKeeper, ZooKeeperError, type ZooKeeperState } from '@millrace/zookeeper'

/** `promise`, or the signal's reason if that is sooner. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/**
 * Ends `waits` with CONNECTIONLOSS when the session has been without a connection for its timeout: it is over by then, even if
 * nobody is there to say so. Returns what stops that.
 */
export function abortWhenLost(zooKeeper: ZooKeeper, waits: AbortController): () => void {
  let timer: NodeJS.Timeout | undefined
  const listener = (state: ZooKeeperState) => {
    clearTimeout(timer)
    if (state !== 'disconnected') return
    timer = setTimeout(() => waits.abort(new ZooKeeperError('CONNECTIONLOSS')), zooKeeper.sessionTimeoutMs)
  }
  listener(zooKeeper.state)
  const stop = zooKeeper.onStateChange(listener)
  return () => {
    clearTimeout(timer)
    stop()
  }
}
