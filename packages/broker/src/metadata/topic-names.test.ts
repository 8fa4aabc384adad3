import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collidingTopics, isInternalTopic, topicNameMistake } from './topic-names.js'

for (const name of ['a', 'A.b-c_9', '...', '_', '-', '0', 'a'.repeat(249), '__consumer_offsets']) {
  test(`"${name.slice(0, 30)}" may be a topic's name (pitfall 10)`, () => {
    assert.equal(topicNameMistake(name), undefined)
  })
}

for (const [name, mistake] of [
  ['', /empty string/],
  ['.', /'\.' is not allowed/],
  ['..', /'\.\.' is not allowed/],
  ['a'.repeat(250), /longer than the max allowed length 249/],
  ['a b', /other than ASCII alphanumerics/],
  ['a/b', /other than ASCII alphanumerics/],
  ['a\n', /other than ASCII alphanumerics/],
  ['ä', /other than ASCII alphanumerics/],
  ['a:b', /other than ASCII alphanumerics/],
] as const) {
  test(`${JSON.stringify(name.slice(0, 30))} may not be a topic's name`, () => {
    assert.match(topicNameMistake(name) ?? '', mistake)
  })
}

test('names that differ in . and _ alone collide', () => {
  const existing = ['a.b', 'a_b', 'a-b', 'ab', 'a.b.c']
  assert.deepEqual(collidingTopics('a.b', existing), ['a_b'])
  assert.deepEqual(collidingTopics('a_b.c', existing), ['a.b.c'])
  assert.deepEqual(collidingTopics('ab', existing), [])
})

test('the topics of coordinators are internal', () => {
  assert.deepEqual(['__consumer_offsets', '__transaction_state', '__other', 'consumer_offsets'].map(isInternalTopic), [
    true,
    true,
    false,
    false,
  ])
})
