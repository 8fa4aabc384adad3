/**
 * Valid requests of every API and version with some of their bytes changed. Whatever they ask for, the broker goes on
 * serving others and logs no error of its own. MILLRACE_FUZZ_SEED repeats a run, MILLRACE_FUZZ_RUNS makes it longer.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { apis, ErrorCode, encodeRequest } from '@millrace/protocol'
import { type ClusterFixture, clusterFixture, everyRequest, servedApis } from './support/every-request.js'
import { fetchFrom } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { RecordingLogger } from './support/recording-logger.js'
import { append, valuesIn } from './support/records.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic } from './support/topics.js'

const runs = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 2000)
const seed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** Mulberry32: small, and the same everywhere. Gives integers below `bound`. */
function generator(start: number): (bound: number) => number {
  let state = start >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

const interesting = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

/** Changes, cuts, repeats and inserts bytes behind the length prefix, which is put right again. */
function mutate(frame: Buffer, random: (bound: number) => number): Buffer {
  let bytes = Buffer.from(frame.subarray(4))
  for (let change = random(4); change >= 0; change--) {
    const at = random(bytes.length)
    const kind = random(10)
    if (kind < 4) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random(8)), at)
    else if (kind < 7) bytes.writeUInt8(interesting[random(interesting.length)] as number, at)
    else if (kind === 7) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))])
    else if (kind === 8)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + random(8), random(256)), bytes.subarray(at)])
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))])
    if (bytes.length === 0) break
  }
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** What would make the broker do a thousand times the work is only checked. */
const validateOnly: ReadonlySet<string> = new Set(['CreateTopics', 'CreatePartitions'])

function validFrames(fixture: ClusterFixture): { readonly name: string; readonly frame: Buffer }[] {
  return servedApis().flatMap(([name, api]) =>
    Array.from({ length: api.versions.max - api.versions.min + 1 }, (_, index) => {
      const version = api.versions.min + index
      const request = everyRequest[name]?.(fixture, version) as object
      const body = validateOnly.has(name) ? { ...request, validateOnly: true } : request
      const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'c' }, body as never))
      return { name: `${name} version ${version}`, frame }
    }),
  )
}

test(`mutated requests harm nobody but their own connection (${runs} runs, seed ${seed})`, async (t) => {
  const logger = new RecordingLogger()
  const { bootstrap } = await temporaryBroker(t, {}, logger)
  const fixture = await clusterFixture(t, bootstrap)
  const valid = validFrames(fixture)
  const random = generator(seed)
  const witness = await RawClient.connect(bootstrap)
  for (let run = 0; run < runs; run++) {
    const { name, frame } = valid[random(valid.length)] as (typeof valid)[number]
    const mutated = mutate(frame, random)
    const told = `run ${run} of seed ${seed}, ${name}: ${mutated.toString('hex')}`
    const client = await RawClient.connect(bootstrap)
    client.send([mutated])
    const { errorCode } = await witness.call(apis.ApiVersions, 0, {}).catch((cause: unknown) => {
      throw new Error(told, { cause })
    })
    assert.equal(errorCode, ErrorCode.NONE, told)
    // An answer may take its time, as that of a fetch which waits.
    await Promise.race([client.closed, client.nextFrame().catch(() => undefined), delay(2)])
    client.close()
    assert.deepEqual(logger.errors, [], told)
  }
  const { topic } = await createTopic(witness)
  await append(witness, topic, ['still here'])
  assert.deepEqual(valuesIn((await fetchFrom(witness, topic, 0)).records), ['still here'])
  witness.close()
  assert.deepEqual(logger.errors, [])
})
