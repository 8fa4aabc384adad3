/** The sentences were recorded from the command lines of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError } from '@millrace/client'
import { errorText, reasonOf } from './failures.js'
import { ToolError } from './tool.js'

test('an error that came without a message is told as by tools of Kafka', () => {
  assert.equal(errorText(new KafkaError('GROUP_ID_NOT_FOUND')), 'The group id does not exist.')
  assert.equal(errorText(new KafkaError('NON_EMPTY_GROUP')), 'The group is not empty.')
})

test('what the broker says of an error is told as it is', () => {
  assert.equal(errorText(new KafkaError('GROUP_ID_NOT_FOUND', 'Group a not found.')), 'Group a not found.')
  assert.equal(errorText(new KafkaError('UNSUPPORTED_VERSION', 'no')), 'The brokers do not support this: no')
})

test('a reason is that of the client or of the tool; all else is a fault of ours', () => {
  assert.equal(reasonOf(new ToolError('no such file')), 'no such file')
  assert.throws(() => reasonOf(new TypeError('x is undefined')), TypeError)
})
