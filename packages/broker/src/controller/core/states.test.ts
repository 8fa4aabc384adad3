import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PARTITION_STATE_ENTERED_FROM, REPLICA_STATE_ENTERED_FROM } from './states.js'

test('partitions: every way in', () => {
  assert.deepEqual(transitions(PARTITION_STATE_ENTERED_FROM), [
    'New->Offline',
    'New->Online',
    'NonExistent->New',
    'Offline->NonExistent',
    'Offline->Offline',
    'Offline->Online',
    'Online->Offline',
    'Online->Online',
  ])
})

test('replicas: every way in', () => {
  assert.deepEqual(transitions(REPLICA_STATE_ENTERED_FROM), [
    'DeletionIneligible->Offline',
    'DeletionIneligible->Online',
    'DeletionStarted->DeletionIneligible',
    'DeletionStarted->DeletionSuccessful',
    'DeletionSuccessful->NonExistent',
    'New->Offline',
    'New->Online',
    'NonExistent->New',
    'Offline->DeletionIneligible',
    'Offline->DeletionStarted',
    'Offline->Offline',
    'Offline->Online',
    'Online->Offline',
    'Online->Online',
  ])
})

function transitions(table: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(table)
    .flatMap(([to, from]) => from.map((state) => `${state}->${to}`))
    .sort()
}
