// For Jest, which knows CommonJS alone.
const assert = require('node:assert/strict')
const client = require('@millrace/client')
const roundTrip = require('./round-trip.cjs')

test('the client under Jest', () => roundTrip(assert, client), 60_000)
