/**
 * Feeds damaged messages to the decoders. A decoder may succeed or refuse with its typed error; any other error, and
 * any value that cannot be written again without a typed error, is a finding.
 *
 * Damage is applied to valid messages of every API and version: flipped bits, cuts, inserted and repeated bytes, and
 * numbers where lengths are likely, set to their extremes. A run is determined by its seed.
 */
import fc from 'fast-check'
import { decodeRequestHeader } from './frame.js'
import type { Message } from './schema/message.js'
import { Reader } from './schema/reader.js'
import { Writer } from './schema/writer.js'
import { allMessages, versionsOf } from './testing/all-messages.js'
import { arbitraryMessage } from './testing/arbitraries.js'

const SAMPLES_PER_VERSION = 4
/** What lengths and counts are overwritten with: both encodings, null, one beyond null, the largest. */
const EXTREMES = ['ffffffff', 'fffffffe', '7fffffff', '80000000', 'ffff', '7fff', '8000', '00', 'ff', 'ffffffff0f'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
/** Longer than any decoding should take, by far: only a length that was believed takes so long. */
const SLOW_MS = 2000

interface Sample {
  readonly message: Message
  readonly version: number
  readonly bytes: Buffer
}

/** A damaged message that was neither read nor refused as it should be. */
export class FuzzFinding extends Error {
  override readonly name = 'FuzzFinding'
}

export interface FuzzOptions {
  readonly iterations: number
  readonly seed: number
  /** Replaced by a test that makes sure that findings are found. */
  readonly decode?: (message: Message, version: number, bytes: Buffer) => unknown
}

/** How many damaged messages were read, and how many refused. Throws a `FuzzFinding`. */
export function fuzzMessages(options: FuzzOptions): { accepted: number; refused: number } {
  const { iterations, seed, decode = decodeMessage } = options
  const random = randomOf(seed)
  const samples = makeSamples(seed)
  let accepted = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { message, version, bytes } = samples[random(samples.length)]!
    const damaged = damage(bytes, random)
    const what = `seed ${seed}, iteration ${iteration}, ${message.name} v${version}, ${damaged.toString('hex')}`
    const value = attempt(what, 'MALFORMED_MESSAGE', () => decode(message, version, damaged))
    attempt(what, 'MALFORMED_MESSAGE', () => decodeRequestHeader(damaged))
    if (value === undefined) continue
    accepted++
    attempt(what, 'UNENCODABLE_MESSAGE', () => encodeMessage(message, version, value))
  }
  return { accepted, refused: iterations - accepted }
}

function attempt<T>(what: string, allowedCode: string, action: () => T): T | undefined {
  const startMs = performance.now()
  try {
    return action()
  } catch (error) {
    if ((error as { code?: unknown }).code === allowedCode) return undefined
    throw new FuzzFinding(what, { cause: error })
  } finally {
    const tookMs = performance.now() - startMs
    // biome-ignore lint/correctness/noUnsafeFinally: what took so long is the finding, whatever came of it.
    if (tookMs > SLOW_MS) throw new FuzzFinding(`${what}: took ${tookMs} ms`)
  }
}

function decodeMessage(message: Message, version: number, bytes: Buffer): unknown {
  const codec = message.codec(version)
  return codec.read(new Reader(bytes, 0, codec.what))
}

function encodeMessage(message: Message, version: number, value: unknown): Buffer {
  const writer = new Writer()
  writer.begin(message.name)
  message.codec(version).write(writer, value)
  return Buffer.concat(writer.finish())
}

function makeSamples(seed: number): Sample[] {
  return allMessages.flatMap((message) =>
    versionsOf(message).flatMap((version) =>
      fc
        .sample(arbitraryMessage(message, version), { numRuns: SAMPLES_PER_VERSION, seed: seed + version })
        .map((value) => ({ message, version, bytes: encodeMessage(message, version, value) })),
    ),
  )
}

function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  let result: Buffer = Buffer.from(bytes)
  for (let times = 1 + random(3); times > 0; times--) result = damageOnce(result, random)
  return result
}

function damageOnce(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length + 1)
  switch (random(5)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random(8)
      return bytes
    case 1:
      return bytes.subarray(0, at)
    case 2: {
      const inserted = Buffer.from(Array.from({ length: 1 + random(8) }, () => random(256)))
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)])
    }
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at >> 1)])
    default: {
      const extreme = EXTREMES[random(EXTREMES.length)]!
      return Buffer.concat([bytes.subarray(0, at), extreme, bytes.subarray(at + extreme.length)])
    }
  }
}

/** Numbers below a bound, in a sequence that the seed determines (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
