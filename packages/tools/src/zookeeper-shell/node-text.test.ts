import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAcl, parseAcl } from './acl-text.js'
import { formatList, formatStat, hexDump } from './node-text.js'

test('stat: zxids are hexadecimal, a negative owner is its 64 bits', () => {
  const stat = {
    czxid: 0x1_0000_0002n,
    mzxid: 26n,
    pzxid: 3n,
    ctime: 0,
    mtime: 0,
    version: 2147483647,
    cversion: -1,
    aversion: 4,
    ephemeralOwner: -(1n << 63n),
    dataLength: 5,
    numChildren: 6,
  }
  const lines = formatStat(stat).filter((line) => !line.includes('time'))
  assert.deepEqual(lines, [
    'cZxid = 0x100000002',
    'mZxid = 0x1a',
    'pZxid = 0x3',
    'cversion = -1',
    'dataVersion = 2147483647',
    'aclVersion = 4',
    'ephemeralOwner = 0x8000000000000000',
    'dataLength = 5',
    'numChildren = 6',
  ])
})

test('lists are as Java prints them', () => {
  assert.equal(formatList([]), '[]')
  assert.equal(formatList(['a', 'b c']), '[a, b c]')
})

test('hex dump: sixteen bytes a line, with their ASCII', () => {
  assert.equal(hexDump(Buffer.alloc(0)), '')
  const text = hexDump(Buffer.from('seventeen bytes \n'))
  assert.equal(
    text,
    `         +-------------------------------------------------+
         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |
+--------+-------------------------------------------------+----------------+
|00000000| 73 65 76 65 6e 74 65 65 6e 20 62 79 74 65 73 20 |seventeen bytes |
|00000010| 0a                                              |.               |
+--------+-------------------------------------------------+----------------+`,
  )
})

test('ACLs: entries that cannot be read are told and left out', () => {
  const warnings: string[] = []
  const acl = parseAcl('world:anyone:rx,bad,digest:u:hash=:cdrwa,ip:10.0.0.0/8:w,,', (line) => warnings.push(line))
  assert.deepEqual(acl, [
    { scheme: 'world', id: 'anyone', perms: 1 },
    { scheme: 'digest', id: 'u:hash=', perms: 31 },
    { scheme: 'ip', id: '10.0.0.0/8', perms: 2 },
  ])
  assert.deepEqual(warnings, ['Unknown perm type: x', 'bad does not have the form scheme:id:perm'])
})

test('ACLs: two lines an entry, permissions in the order of their letters', () => {
  assert.deepEqual(formatAcl([{ scheme: 'world', id: 'anyone', perms: 31 }]), ["'world,'anyone", ': cdrwa'])
  assert.deepEqual(formatAcl([{ scheme: 'digest', id: 'u:x', perms: 17 }]), ["'digest,'u:x", ': ra'])
})
