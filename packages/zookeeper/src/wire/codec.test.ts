import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Acl, MultiOp, MultiResult, Stat } from '../core/data-types.js'
import type { ReadResult, Reply, Request } from '../core/requests.js'
import { JuteError, JuteReader, JuteWriter } from '../jute.js'
import { readConnectRequest, readConnectResponse, writeConnectRequest, writeConnectResponse } from './connect.js'
import { decodeReply, readReplyHeader } from './decode-reply.js'
import { decodeRequest } from './decode-request.js'
import { encodeReply } from './encode-reply.js'
import { encodeRequest } from './encode-request.js'
import { OpCode, Xid } from './op-code.js'

type ClientRequest = Exclude<Request, { kind: 'refused' }>

/** Plain objects, as those that are compared. */
function record<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const path = text.map((name) => `/${name}`)
const paths = fc.array(path, { maxLength: 3 })
const data = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)))
const acl: fc.Arbitrary<readonly Acl[]> = fc.array(record({ perms: int, scheme: text, id: text }), { maxLength: 3 })
const timeMs = fc.integer({ min: 0, max: 2 ** 52 })
const stat: fc.Arbitrary<Stat> = record({
  czxid: long,
  mzxid: long,
  ctime: timeMs,
  mtime: timeMs,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
})
const create: fc.Arbitrary<MultiOp> = fc.oneof(
  record({
    kind: fc.constant('create' as const),
    path,
    data,
    acl,
    mode: fc.constantFrom('persistent', 'ephemeral', 'persistent-sequential', 'ephemeral-sequential', 'container'),
  }),
  record({
    kind: fc.constant('create' as const),
    path,
    data,
    acl,
    mode: fc.constantFrom('ttl', 'ttl-sequential'),
    ttlMs: fc.integer({ min: 1, max: 2 ** 40 }),
  }),
)
const operation: fc.Arbitrary<MultiOp> = fc.oneof(
  create,
  record({ kind: fc.constantFrom('delete' as const, 'check' as const), path, version: int }),
  record({ kind: fc.constant('setData' as const), path, data, version: int }),
)
const watcherType = fc.constantFrom('children', 'data', 'any', 'persistent', 'persistent-recursive')
const request: fc.Arbitrary<ClientRequest> = fc.oneof(
  operation,
  record({ kind: fc.constant('multi' as const), operations: fc.array(operation, { maxLength: 4 }) }),
  record({
    kind: fc.constant('multiRead' as const),
    operations: fc.array(record({ kind: fc.constantFrom('getData' as const, 'getChildren' as const), path })),
  }),
  record({ kind: fc.constant('setAcl' as const), path, acl, version: int }),
  record({ kind: fc.constantFrom('exists', 'getData', 'getChildren'), path, watch: fc.boolean() }),
  record({ kind: fc.constantFrom('getAcl', 'getAllChildrenNumber', 'getEphemerals', 'sync'), path }),
  record({ kind: fc.constant('addWatch' as const), path, mode: fc.constantFrom('persistent', 'persistent-recursive') }),
  record({ kind: fc.constantFrom('checkWatches', 'removeWatches'), path, watcherType }),
  record({
    kind: fc.constant('setWatches' as const),
    relativeZxid: long,
    data: paths,
    exist: paths,
    child: paths,
    persistent: paths,
    persistentRecursive: paths,
  }),
  record({
    kind: fc.constant('auth' as const),
    scheme: text,
    auth: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  }),
  fc.constantFrom<ClientRequest>({ kind: 'whoAmI' }, { kind: 'ping' }, { kind: 'closeSession' }),
) as fc.Arbitrary<ClientRequest>

function encoded(asked: ClientRequest, xid = 7): Buffer {
  const out = new JuteWriter()
  encodeRequest(out, xid, asked)
  return Buffer.from(out.bytes())
}

test('every request is read as it was written', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const input = new JuteReader(encoded(asked))
      const xid = input.int()
      assert.equal(xid, asked.kind === 'auth' ? -4 : asked.kind === 'setWatches' ? -8 : asked.kind === 'ping' ? -2 : 7)
      const decoded = decodeRequest(input.int(), input)
      assert.deepEqual(decoded?.request, asked)
      assert.equal(input.remaining, 0)
    }),
  )
})

test('a request that ends too soon is a JuteError, wherever it is cut', () => {
  fc.assert(
    fc.property(request, fc.nat(), (asked, cut) => {
      const bytes = encoded(asked)
      const body = bytes.subarray(8)
      if (body.length === 0) return
      const input = new JuteReader(body.subarray(0, cut % body.length))
      assert.throws(() => decodeRequest(bytes.readInt32BE(4), input), JuteError)
    }),
  )
})

const result: fc.Arbitrary<MultiResult> = fc.oneof(
  record({ kind: fc.constant('create' as const), path, stat }),
  record({ kind: fc.constant('setData' as const), stat }),
  fc.constantFrom<MultiResult>({ kind: 'delete' }, { kind: 'check' }),
)
const readResult: fc.Arbitrary<ReadResult> = fc.oneof(
  record({ kind: fc.constant('data' as const), data, stat }),
  record({ kind: fc.constant('children' as const), children: paths }),
  fc.constant<ReadResult>({ kind: 'error', error: 'NOAUTH' }),
)

function answered(asked: ClientRequest, reply: Reply): Reply {
  const out = new JuteWriter()
  const bytes = encoded(asked)
  const type = bytes.readInt32BE(4)
  const { operationTypes } = decodeRequest(type, new JuteReader(bytes.subarray(8))) ?? {}
  encodeReply(out, { xid: 7, type, ...(operationTypes === undefined ? {} : { operationTypes }) }, 4711n, reply)
  const input = new JuteReader(Buffer.from(out.bytes()))
  const header = readReplyHeader(input)
  assert.deepEqual([header.xid, header.zxid], [7, 4711n])
  const decoded = decodeReply(asked, header, input)
  assert.equal(input.remaining, 0)
  return decoded
}

test('every reply is read as it was written', () => {
  const anyData: ClientRequest = { kind: 'getData', path: '/a', watch: false }
  const same = (asked: ClientRequest, reply: Reply) => assert.deepEqual(answered(asked, reply), reply)
  fc.assert(
    fc.property(
      stat,
      data,
      acl,
      paths,
      fc.array(result),
      fc.array(readResult),
      (stat, data, acl, paths, results, reads) => {
        same({ kind: 'create', path: '/a', data }, { kind: 'created', path: '/a', stat })
        same({ kind: 'exists', path: '/a', watch: true }, { kind: 'stat', stat })
        same(anyData, { kind: 'data', data, stat })
        same({ kind: 'getChildren', path: '/', watch: false }, { kind: 'children', children: paths, stat })
        same({ kind: 'getAcl', path: '/' }, { kind: 'acl', acl, stat })
        const create: MultiOp = { kind: 'create', path: '/x', data: null }
        same({ kind: 'multi', operations: results.map(() => create) }, { kind: 'multi', results })
        same({ kind: 'multiRead', operations: [] }, { kind: 'multiRead', results: reads })
        same({ kind: 'getEphemerals', path: '/' }, { kind: 'paths', paths })
      },
    ),
  )
  same(anyData, { kind: 'error', error: 'NONODE' })
  same({ kind: 'sync', path: '/' }, { kind: 'path', path: '/' })
  same({ kind: 'getAllChildrenNumber', path: '/' }, { kind: 'count', count: 12 })
  same({ kind: 'whoAmI' }, { kind: 'identities', identities: [{ scheme: 'ip', id: '127.0.0.1' }] })
  same({ kind: 'delete', path: '/a', version: -1 }, { kind: 'empty' })
})

test('a refused multi has no error in its header; its results say what failed', () => {
  const operations: MultiOp[] = [
    { kind: 'check', path: '/epoch', version: 3 },
    { kind: 'delete', path: '/a', version: -1 },
    { kind: 'delete', path: '/b', version: -1 },
  ]
  const refused: Reply = { kind: 'error', error: 'NONODE', results: [0, -101, -2] }
  assert.deepEqual(answered({ kind: 'multi', operations }, refused), refused)
})

test('an old create is answered with the path alone, a new one with the Stat too', () => {
  const someStat = fc.sample(stat, { numRuns: 1, seed: 1 })[0] as Stat
  const length = (type: number) => {
    const out = new JuteWriter()
    encodeReply(out, { xid: 1, type }, 1n, { kind: 'created', path: '/a', stat: someStat })
    return out.length
  }
  assert.equal(length(OpCode.create2) - length(OpCode.create), 68)
})

test('the bytes of the handshake', () => {
  const out = new JuteWriter()
  const password = Buffer.alloc(16, 0xab)
  writeConnectRequest(out, { lastZxidSeen: 1n, timeoutMs: 18_000, sessionId: 2n, password, readOnly: false })
  assert.equal(
    out.bytes().toString('hex'),
    `00000000${'0000000000000001'}${'00004650'}${'0000000000000002'}${'00000010'}${'ab'.repeat(16)}00`,
  )
  assert.equal(readConnectRequest(new JuteReader(out.bytes())).readOnly, false)
  const old = readConnectRequest(new JuteReader(out.bytes().subarray(0, -1)))
  assert.deepEqual([old.readOnly, old.sessionId, old.timeoutMs], [undefined, 2n, 18_000])
  const answer = new JuteWriter()
  writeConnectResponse(answer, { sessionId: -1n, timeoutMs: 6000, password }, true)
  assert.equal(answer.length, 37)
  assert.deepEqual(readConnectResponse(new JuteReader(answer.bytes())), { sessionId: -1n, timeoutMs: 6000, password })
})

test('the bytes of a request', () => {
  const create = encoded({ kind: 'create', path: '/a', data: Buffer.from('x'), mode: 'ephemeral-sequential' }, 1)
  assert.equal(
    create.toString('hex'),
    // xid, create2, path, data, one ACL of all permissions for world:anyone, flags
    `00000001${'0000000f'}${'000000022f61'}${'0000000178'}${'00000001'}${'0000001f'}${'00000005776f726c64'}${'00000006616e796f6e65'}${'00000003'}`,
  )
  assert.equal(encoded({ kind: 'ping' }).toString('hex'), 'fffffffe0000000b')
  assert.equal(Xid.ping, -2)
})

test('setWatches is in the older form while that says all', () => {
  const none = { relativeZxid: 1n, data: ['/a'], exist: [], child: [], persistent: [], persistentRecursive: [] }
  assert.equal(encoded({ kind: 'setWatches', ...none }).readInt32BE(4), OpCode.setWatches)
  assert.equal(encoded({ kind: 'setWatches', ...none, persistent: ['/p'] }).readInt32BE(4), OpCode.setWatches2)
})
