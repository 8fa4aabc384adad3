import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowed, shownAcl, storedAcl } from './acl.js'
import { type Acl, CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Perms, READ_ACL_UNSAFE } from './data-types.js'
import { isIpPattern, matchesIpPattern } from './ip.js'

const bob = { scheme: 'digest', id: 'bob:hash' }
const here = { scheme: 'ip', id: '10.1.2.3' }

test('the stored ACL: auth stands for the proved identities, doubles are dropped, nonsense is refused', () => {
  assert.deepEqual(storedAcl(CREATOR_ALL_ACL, [here, bob]), [{ perms: Perms.ALL, ...bob }])
  assert.equal(storedAcl(CREATOR_ALL_ACL, [here]), undefined)
  assert.deepEqual(storedAcl([...OPEN_ACL_UNSAFE, ...OPEN_ACL_UNSAFE], []), OPEN_ACL_UNSAFE)
  const refused: readonly Acl[] = [
    { perms: 1, scheme: 'world', id: 'someone' },
    { perms: 1, scheme: 'digest', id: 'no-colon' },
    { perms: 1, scheme: 'ip', id: '10.0.0.0/33' },
    { perms: 1, scheme: 'sasl', id: 'x' },
  ]
  for (const entry of refused) assert.equal(storedAcl([...OPEN_ACL_UNSAFE, entry], [bob]), undefined)
  assert.equal(storedAcl([], []), undefined)
})

test('who is allowed', () => {
  const acl: readonly Acl[] = [
    { perms: Perms.ALL, ...bob },
    { perms: Perms.READ, scheme: 'ip', id: '10.0.0.0/8' },
  ]
  assert.equal(isAllowed(acl, Perms.WRITE, [bob]), true)
  assert.equal(isAllowed(acl, Perms.READ, [here]), true)
  assert.equal(isAllowed(acl, Perms.WRITE, [here]), false)
  assert.equal(isAllowed(acl, Perms.READ, [{ scheme: 'ip', id: '11.1.2.3' }]), false)
  assert.equal(isAllowed(acl, Perms.ADMIN, [{ scheme: 'super', id: '' }]), true)
  assert.equal(isAllowed(READ_ACL_UNSAFE, Perms.READ, []), true)
  assert.equal(isAllowed(READ_ACL_UNSAFE, Perms.READ | Perms.ADMIN, []), true)
})

test('hashes are shown to administrators only', () => {
  const acl: readonly Acl[] = [{ perms: Perms.ALL, ...bob }, ...READ_ACL_UNSAFE]
  assert.equal(shownAcl(acl, [bob])[0]?.id, 'bob:hash')
  assert.equal(shownAcl(acl, [here])[0]?.id, 'bob:x')
})

test('addresses and prefixes', () => {
  for (const pattern of ['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '2001:db8::1/64']) {
    assert.equal(isIpPattern(pattern), true, pattern)
  }
  for (const pattern of [
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1/',
    '10.0.0.1/x',
    '::1::',
    ':::',
    '1:2:3',
    'fd00::/129',
    '',
  ]) {
    assert.equal(isIpPattern(pattern), false, pattern)
  }
  assert.equal(matchesIpPattern('10.255.0.1', '10.0.0.0/8'), true)
  assert.equal(matchesIpPattern('10.128.0.1', '10.0.0.0/9'), false)
  assert.equal(matchesIpPattern('::ffff:10.0.0.1', '10.0.0.1'), true)
  assert.equal(matchesIpPattern('fdff::1', 'fd00::/8'), true)
  assert.equal(matchesIpPattern('10.0.0.1', '::/0'), false)
})
