import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JuteError, JuteReader } from '../jute.js'
import { decodeReply, readReplyHeader } from './decode-reply.js'

/** As ZooKeeper 3.8.0 answers a multi that creates /b: header, result of type create with the path alone, end. */
const answer = '00000001000000000000000200000000000000010000000000000000022f62ffffffff01ffffffff'

test('a server before 3.8.2 tells no stat of what a multi has created', () => {
  const input = new JuteReader(Buffer.from(answer, 'hex'))
  const data = Buffer.from('xyz')
  const operations = [{ kind: 'create', path: '/b', data, mode: 'ephemeral' }] as const
  const reply = decodeReply({ kind: 'multi', operations }, readReplyHeader(input), input)
  assert(reply.kind === 'multi')
  const [created] = reply.results
  assert(created?.kind === 'create')
  assert.equal(created.path, '/b')
  const { czxid, mzxid, pzxid, version, dataLength, ctime } = created.stat
  assert.deepEqual({ czxid, mzxid, pzxid }, { czxid: 2n, mzxid: 2n, pzxid: 2n })
  assert.deepEqual({ version, dataLength, ctime }, { version: 0, dataLength: 3, ctime: 0 })
})

test('a result of create must answer a create', () => {
  const input = new JuteReader(Buffer.from(answer, 'hex'))
  const operations = [{ kind: 'delete', path: '/b', version: -1 }] as const
  assert.throws(() => decodeReply({ kind: 'multi', operations }, readReplyHeader(input), input), JuteError)
})
