/**
 * The requests of one connection on their way in, each in memory of the broker's bound from its first byte on. While there is
 * none for the next one, what came with its length is kept, and nothing more is to be read.
 */
import type { RequestMemory } from '../memory/request-memory.js'
import { FrameReader } from './frame-reader.js'

export interface FrameIntakeOptions {
  readonly maxFrameBytes: number
  readonly memory: RequestMemory
  readonly onFrame: (frame: Buffer) => void
  /** There is room for the frame that was waited for: these bytes of it had come. */
  readonly onRoom: (bytes: Buffer) => void
  /** There is no memory for the frame that was waited for. */
  readonly onFailure: (error: Error) => void
}

export class FrameIntake {
  readonly #options: FrameIntakeOptions
  readonly #reader: FrameReader
  /** How to give up waiting for room. */
  #leaveLine: (() => void) | undefined
  /** The buffer that was waited for. */
  #granted: Buffer | undefined

  constructor(options: FrameIntakeOptions) {
    this.#options = options
    this.#reader = new FrameReader({
      maxBytes: options.maxFrameBytes,
      allocate: (bytes) => this.#allocate(bytes),
      onFrame: options.onFrame,
    })
  }

  /** There is no room for the next frame now. */
  get isWaiting(): boolean {
    return this.#leaveLine !== undefined
  }

  /** A frame has begun and is not whole. */
  get isWithinFrame(): boolean {
    return this.#reader.isWithinFrame
  }

  /** Where the next bytes of a long frame belong: whoever puts some there says so with `filled`. */
  get rest(): Buffer | undefined {
    return this.#reader.rest
  }

  filled(bytes: number): void {
    this.#reader.filled(bytes)
  }

  /** Errors: FrameSizeError; a RangeError, if there is no memory for a frame of the size that the peer announced. */
  push(chunk: Buffer): void {
    const taken = this.#reader.push(chunk)
    const { wantedBytes } = this.#reader
    if (wantedBytes !== undefined) this.#waitForRoom(wantedBytes, Buffer.from(chunk.subarray(taken)))
  }

  /** Nothing comes any more: what is not whole gives its memory back. */
  close(): void {
    this.#leaveLine?.()
    this.#leaveLine = undefined
    const unfinished = this.#reader.abandon()
    if (unfinished !== undefined) this.#options.memory.give(unfinished, true)
  }

  #allocate(bytes: number): Buffer | undefined {
    const granted = this.#granted
    this.#granted = undefined
    return granted ?? this.#options.memory.take(bytes)
  }

  #waitForRoom(wantedBytes: number, bytes: Buffer): void {
    const { memory, onRoom, onFailure } = this.#options
    const resume = (buffer: Buffer) => {
      this.#granted = buffer
      this.#leaveLine = undefined
      onRoom(bytes)
    }
    this.#leaveLine = memory.takeLater(wantedBytes, resume, (error) => onFailure(error as RangeError))
  }
}
