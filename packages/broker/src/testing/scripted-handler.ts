import type { Connection, FrameHandler, HandlerAnswer } from '../network/connection.js'
import { frameOf } from './test-peer.js'

interface Pending {
  readonly resolve: (response: HandlerAnswer) => void
  readonly reject: (error: Error) => void
}

/**
 * Serves frames of text. One that starts with "now" is answered at once with itself, one with "throw" throws; any other
 * is at work until the test answers it. Those that start with "produce" may overlap.
 */
export class ScriptedHandler implements FrameHandler {
  readonly started: string[] = []
  readonly connections: Connection[] = []
  readonly #pending = new Map<string, Pending>()

  mayOverlap(frame: Buffer): boolean {
    return String(frame).startsWith('produce')
  }

  isTransient(frame: Buffer): boolean {
    return this.mayOverlap(frame)
  }

  handle(frame: Buffer, connection: Connection): Promise<HandlerAnswer> | HandlerAnswer {
    const text = String(frame)
    this.started.push(text)
    this.connections.push(connection)
    if (text.startsWith('now')) return { buffers: [frameOf(frame)] }
    if (text.startsWith('throw')) throw new Error(text)
    return new Promise((resolve, reject) => {
      this.#pending.set(text, { resolve, reject })
    })
  }

  answer(request: string, response = request): void {
    this.#take(request).resolve({ buffers: [frameOf(Buffer.from(response))] })
  }

  /** As a produce with acks=0 is answered. */
  answerNothing(request: string): void {
    this.#take(request).resolve(undefined)
  }

  fail(request: string): void {
    this.#take(request).reject(new Error(`${request} failed`))
  }

  #take(request: string): Pending {
    const pending = this.#pending.get(request)
    if (pending === undefined) throw new Error(`${request} is not at work`)
    this.#pending.delete(request)
    return pending
  }
}
