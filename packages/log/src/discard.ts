/**
 * Gives memory back to the system at once. V8 does so only when it next collects everything, which a broker without work
 * may never come to.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'

let nowhere: MessagePort | undefined

/** Nobody may use the memory any more: what still refers to it sees no bytes. */
export function discard(memory: ArrayBuffer): void {
  if (nowhere === undefined) {
    nowhere = new MessageChannel().port1
    nowhere.close()
  }
  // Transferred to a port that is closed, it belongs to a message that nobody will ever read, and goes with that.
  nowhere.postMessage(undefined, [memory])
}
