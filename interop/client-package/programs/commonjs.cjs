const assert = require('node:assert/strict')
const client = require('@millrace/client')
const roundTrip = require('./round-trip.cjs')

void roundTrip(assert, client)
