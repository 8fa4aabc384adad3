/**
 * The bytes of a message in the making: one buffer that grows as needed and is used again for every message, and the
 * position in it.
 *
 * It owns the layout of numbers, varints and text. It never checks a value: its caller (writer.ts) has made sure that
 * each is of its type and in range, and knows which field it belongs to.
 */
import assert from 'node:assert/strict'

const INITIAL_BYTES = 4096
/** A buffer that one large message made larger than this is not kept. */
const KEPT_BYTES = 1024 * 1024
const TWO_TO_32 = 2 ** 32
/** Up to this length a string is written character by character, which beats a call out of JavaScript. */
const SHORT_STRING = 32

export class ScratchBuffer {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #at = 0

  /** Where the next value goes. */
  get position(): number {
    return this.#at
  }

  clear(): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
    this.#at = 0
  }

  /** A copy of all that was written. */
  content(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at))
  }

  /** Makes room for `length` bytes and returns where they start. */
  reserve(length: number): number {
    const at = this.#at
    if (at + length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, at + length))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#at = at + length
    return at
  }

  int8(value: number): void {
    const at = this.reserve(1)
    this.#buffer[at] = value
  }

  int16(value: number): void {
    const at = this.reserve(2)
    const buffer = this.#buffer
    buffer[at] = value >> 8
    buffer[at + 1] = value
  }

  int32(value: number): void {
    const at = this.reserve(4)
    const buffer = this.#buffer
    buffer[at] = value >> 24
    buffer[at + 1] = value >> 16
    buffer[at + 2] = value >> 8
    buffer[at + 3] = value
  }

  /** Exact for every integer of magnitude below 2^63 that is a double. */
  int64(value: number): void {
    const high = Math.floor(value / TWO_TO_32)
    this.int32(high)
    this.int32(value - high * TWO_TO_32)
  }

  float64(value: number): void {
    const at = this.reserve(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      const at = this.reserve(1)
      this.#buffer[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.reserve(1)
    this.#buffer[at] = rest
  }

  /** Writes text without a length and returns how many bytes it took. */
  utf8(text: string): number {
    const start = this.reserve(text.length * 3)
    const buffer = this.#buffer
    if (text.length <= SHORT_STRING) {
      let index = 0
      for (; index < text.length; index++) {
        const code = text.charCodeAt(index)
        if (code > 0x7f) break
        buffer[start + index] = code
      }
      if (index === text.length) {
        this.#at = start + index
        return index
      }
    }
    const written = buffer.write(text, start, 'utf8')
    this.#at = start + written
    return written
  }

  /** Writes the `length` bytes that the text stands for, and returns how many of them it had. */
  base64url(text: string, length: number): number {
    const at = this.reserve(length)
    return this.#buffer.write(text, at, length, 'base64url')
  }

  copy(value: Buffer): void {
    const at = this.reserve(value.length)
    value.copy(this.#buffer, at)
  }

  /** Puts an int16 where room was made for it. */
  fillInt16(at: number, value: number): void {
    this.#buffer[at] = value >> 8
    this.#buffer[at + 1] = value
  }

  /** Puts an int32 where room was made for it. */
  fillInt32(at: number, value: number): void {
    this.#buffer.writeInt32BE(value, at)
  }

  /** Puts a varint over the one byte left free at `at`, moving what follows if it takes more. */
  fillUvarint(at: number, value: number): void {
    const end = this.#at
    const extra = uvarintBytes(value) - 1
    if (extra > 0) {
      this.reserve(extra)
      this.#buffer.copyWithin(at + 1 + extra, at + 1, end)
    }
    this.#at = at
    this.uvarint(value)
    this.#at = end + extra
  }
}

function uvarintBytes(value: number): number {
  assert(value >= 0)
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++
  return bytes
}
