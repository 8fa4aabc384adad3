import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCredential, parsePairs } from './config-changes.js'

test('commas and equals signs within brackets belong to the value', () => {
  assert.deepEqual(parsePairs('k1=v1,k2=[v1,v2,v2],k3=v3'), [
    ['k1', 'v1'],
    ['k2', 'v1,v2,v2'],
    ['k3', 'v3'],
  ])
  assert.deepEqual(parsePairs('SCRAM-SHA-256=[iterations=8192,password=a=b]'), [
    ['SCRAM-SHA-256', 'iterations=8192,password=a=b'],
  ])
  assert.deepEqual(parsePairs('ssl.endpoint.identification.algorithm= , a = b '), [
    ['ssl.endpoint.identification.algorithm', ''],
    ['a', 'b'],
  ])
  for (const bad of ['a', 'a=b,c', 'a=b=c', '']) assert.throws(() => parsePairs(bad), /must be in the format "key=val"/)
})

test('a credential has 4096 iterations at least', () => {
  const mechanism = 'SCRAM-SHA-256'
  assert.deepEqual(parseCredential(mechanism, 'password=a,b'), { mechanism, password: 'a,b', iterations: 4096 })
  assert.deepEqual(parseCredential(mechanism, 'iterations=8192,password='), {
    mechanism,
    password: '',
    iterations: 8192,
  })
  assert.deepEqual(parseCredential(mechanism, 'iterations=-1,password=x').iterations, 4096)
  assert.throws(
    () => parseCredential(mechanism, 'iterations=100,password=x'),
    /Iterations 100 is less than the minimum 4096/,
  )
  assert.throws(() => parseCredential(mechanism, 'pass=x'), /Invalid credential property SCRAM-SHA-256=pass=x/)
})
