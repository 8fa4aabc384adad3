import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecordsFile } from './records-file.js'

test('the file says up to where each partition is emptied', () => {
  const text =
    '{"partitions":[{"topic":"a","partition":0,"offset":3},{"topic":"a","partition":1,"offset":-1}],"version":1}'
  assert.deepEqual(
    [...parseRecordsFile(text)],
    [
      [{ topic: 'a', partition: 0 }, { beforeOffset: 3 }],
      [{ topic: 'a', partition: 1 }, { beforeOffset: -1 }],
    ],
  )
  assert.equal(parseRecordsFile('{"partitions":[]}').size, 0)
})

test('what is wrong with a file is told', () => {
  const entry = '{"topic":"a","partition":0,"offset":3}'
  const wrong: readonly [text: string, message: string][] = [
    ['{"parti', 'The input string is not a valid JSON'],
    ['[]', 'The file is no JSON object'],
    ['{"version":1}', 'Missing partitions field'],
    ['{"version":2,"partitions":[]}', 'Not supported version field value 2'],
    [`{"partitions":[${entry},${entry}]}`, 'Offset json file contains duplicate topic partitions: a-0'],
    ['{"partitions":[{"topic":"a"}]}', 'partitions[0] is not like {"topic": "orders", "partition": 0, "offset": 3}'],
  ]
  for (const [text, message] of wrong) assert.throws(() => parseRecordsFile(text), { message })
})
