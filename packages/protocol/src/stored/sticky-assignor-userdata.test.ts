import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  cooperativeStickyAssignorUserData,
  encodeStruct,
  readCooperativeStickyAssignorUserData,
  readStickyAssignorUserData,
  stickyAssignorUserData,
} from '../index.js'

/** As StickyAssignor of Kafka 2.5, 3.9 and 4.3 alike wrote them. */
const JAVA_V1 = '000000020002c3a9000000010000000700066f72646572730000000200000000000000030000002a'
const JAVA_V0 = '0000000100066f7264657273000000020000000000000003'
const ORDERS = { topic: 'orders', partitions: [0, 3] }
const NOTHING = { previousAssignment: [], generation: -1 }

test('sticky: the bytes are those of Java in both versions, and read without knowing which', () => {
  const newer = { previousAssignment: [{ topic: 'é', partitions: [7] }, ORDERS], generation: 42 }
  assert.equal(encodeStruct(stickyAssignorUserData, 1, newer).toString('hex'), JAVA_V1)
  assert.deepEqual(readStickyAssignorUserData(Buffer.from(JAVA_V1, 'hex')), newer)
  const older = { previousAssignment: [ORDERS], generation: -1 }
  assert.equal(encodeStruct(stickyAssignorUserData, 0, older).toString('hex'), JAVA_V0)
  assert.deepEqual(readStickyAssignorUserData(Buffer.from(JAVA_V0, 'hex')), older)
})

test('sticky: a member without partitions still has a generation', () => {
  const empty = { previousAssignment: [], generation: 42 }
  assert.equal(encodeStruct(stickyAssignorUserData, 1, empty).toString('hex'), '000000000000002a')
  assert.deepEqual(readStickyAssignorUserData(Buffer.from('000000000000002a', 'hex')), empty)
})

test('sticky: user data that is missing, empty or of another assignor is nothing, and no error', () => {
  assert.deepEqual(readStickyAssignorUserData(null), NOTHING)
  assert.deepEqual(readStickyAssignorUserData(Buffer.alloc(0)), NOTHING)
  assert.deepEqual(readStickyAssignorUserData(Buffer.from('7fffffff', 'hex')), NOTHING)
  assert.deepEqual(readStickyAssignorUserData(Buffer.from('{"version":1}')), NOTHING)
})

test('cooperative-sticky: four bytes of generation, -1 before the first assignment', () => {
  assert.equal(encodeStruct(cooperativeStickyAssignorUserData, 0, { generation: 42 }).toString('hex'), '0000002a')
  assert.deepEqual(readCooperativeStickyAssignorUserData(Buffer.from('0000002a', 'hex')), { generation: 42 })
  assert.deepEqual(readCooperativeStickyAssignorUserData(Buffer.from('ffffffff', 'hex')), { generation: -1 })
})

test('cooperative-sticky: Kafka 2.5 writes no user data; that, and what cannot be read, is generation -1', () => {
  for (const userData of [null, Buffer.alloc(0), Buffer.from('00002a', 'hex')]) {
    assert.deepEqual(readCooperativeStickyAssignorUserData(userData), { generation: -1 })
  }
})
