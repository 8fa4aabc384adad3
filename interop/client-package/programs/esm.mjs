import assert from 'node:assert/strict'
import * as client from '@millrace/client'
import roundTrip from './round-trip.cjs'

await roundTrip(assert, client)
