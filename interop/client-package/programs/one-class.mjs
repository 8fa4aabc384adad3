// What is imported and what is required are the same classes.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as imported from '@millrace/client'

const required = createRequire(import.meta.url)('@millrace/client')
assert.deepEqual(Object.keys(imported).sort(), Object.keys(required).sort())
for (const [name, value] of Object.entries(imported)) assert.equal(value, required[name], name)
assert.ok(new required.KafkaError('TIMEOUT') instanceof imported.KafkaError)
console.log('one class')
