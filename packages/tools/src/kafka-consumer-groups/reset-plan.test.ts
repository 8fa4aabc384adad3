import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePlan, planLine } from './reset-plan.js'

test('lines without a group are those of the one group that is named', () => {
  assert.deepEqual(parsePlan('orders,0,7\norders,2,8\n', 'g'), [
    { group: 'g', topic: 'orders', partition: 0, offset: 7 },
    { group: 'g', topic: 'orders', partition: 2, offset: 8 },
  ])
  assert.throws(() => parsePlan('orders,0,7\n', undefined), /Line 1 of the file is not group,topic,partition,offset/)
})

test('what is exported can be read again, whatever the group is called', () => {
  const offset = { group: 'a "b", c', topic: 'orders', partition: 0, offset: 7 }
  assert.equal(planLine(offset, true), '"a ""b"", c",orders,0,7\n')
  assert.deepEqual(parsePlan(planLine(offset, true), undefined), [offset])
  assert.equal(planLine(offset, false), 'orders,0,7\n')
})

test('a line that is no offset is named by its number', () => {
  for (const line of ['orders,x,1', 'orders,0,-1', 'orders,0', 'a,b,c,d,e']) {
    assert.throws(() => parsePlan(`orders,0,1\r\n${line}`, 'g'), /Line 2 of the file/)
  }
})
