import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupRecords, transactionRecords } from '../testing/segment-files.js'
import { groupMetadataJson, offsetsJson, type RecordText, transactionLogJson } from './console-formatters.js'
import { decodeGroupRecord, decodeTransactionRecord, type RecordDecoder } from './dump-decoders.js'
import { jsonText } from './message-json.js'
import { groupMetadataText, offsetsText, transactionLogText } from './scala-formatters.js'

/** All expected texts were recorded from Apache Kafka 3.9.1, given the same bytes. */

function texts(format: RecordText, records: typeof groupRecords): (string | undefined)[] {
  return records.map(({ key = null, value = null }) => format(key, value))
}

/** The last two records are of a newer Kafka, and cut short. */
const groups = groupRecords.slice(0, -2)
const future = groupRecords.slice(-2, -1)
const cut = groupRecords.at(-1)?.key ?? null

const KEY = '{"key":{"version":1,"data":{"group":"g","topic":"orders","partition":1}}'

test('offsets as JSON: every version of a value, tombstones; groups are left out', () => {
  assert.deepEqual(texts(offsetsJson, groups.slice(0, 8)), [
    String.raw`${KEY},"value":{"version":0,"data":{"offset":42,"metadata":"note \"q\" \u0001","commitTimestamp":1700000000000}}}`,
    `${KEY},"value":{"version":1,"data":{"offset":42,"metadata":"","commitTimestamp":1700000000000,"expireTimestamp":1700000000009}}}`,
    `${KEY},"value":{"version":3,"data":{"offset":43,"leaderEpoch":7,"metadata":"","commitTimestamp":1700000000000}}}`,
    `${KEY},"value":null}`,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('groups as JSON: subscriptions and assignments are base64; offsets are left out', () => {
  assert.deepEqual(texts(groupMetadataJson, groups.slice(3, 8)), [
    undefined,
    '{"key":{"version":2,"data":{"group":"g"}},"value":{"version":3,"data":{"protocolType":"consumer","generation":5,"protocol":"range","leader":"m-1","currentStateTimestamp":1700000000000,"members":[{"memberId":"m-1","groupInstanceId":null,"clientId":"c","clientHost":"/127.0.0.1","rebalanceTimeout":300000,"sessionTimeout":45000,"subscription":"AAMAAAABAAZvcmRlcnMAAAABdQAAAAEABm9yZGVycwAAAAEAAAABAAAABP//","assignment":"AAEAAAABAAZvcmRlcnMAAAACAAAAAAAAAAH/////"}]}}}',
    '{"key":{"version":2,"data":{"group":"g"}},"value":{"version":3,"data":{"protocolType":"consumer","generation":5,"protocol":"range","leader":"m-1","currentStateTimestamp":1700000000000,"members":[{"memberId":"m-1","groupInstanceId":"i","clientId":"c","clientHost":"/127.0.0.1","rebalanceTimeout":300000,"sessionTimeout":45000,"subscription":"","assignment":"eA=="}]}}}',
    '{"key":{"version":2,"data":{"group":"g"}},"value":{"version":0,"data":{"protocolType":"consumer","generation":5,"protocol":null,"leader":null,"members":[]}}}',
    '{"key":{"version":2,"data":{"group":"g"}},"value":null}',
  ])
})

test('a key that no formatter knows is unknown, and so is its value; no key at all is null', () => {
  const unknown = '{"key":{"version":99,"data":"unknown"},"value":{"version":26229,"data":"unknown"}}'
  for (const format of [offsetsJson, groupMetadataJson]) {
    assert.deepEqual(texts(format, future), [unknown])
    assert.equal(format(null, null), '{"key":null,"value":null}')
  }
  assert.throws(() => offsetsJson(cut, null), { name: 'MalformedMessageError' })
})

test('transactions as JSON', () => {
  const key = '{"key":{"version":0,"data":{"transactionalId":"tx"}}'
  assert.deepEqual(texts(transactionLogJson, transactionRecords), [
    `${key},"value":{"version":0,"data":{"producerId":9,"producerEpoch":1,"transactionTimeoutMs":60000,"transactionStatus":1,"transactionPartitions":[{"topic":"orders","partitionIds":[0,2]},{"topic":"bills","partitionIds":[1]}],"transactionLastUpdateTimestampMs":1700000000000,"transactionStartTimestampMs":1699999999995}}}`,
    `${key},"value":{"version":1,"data":{"producerId":9,"producerEpoch":1,"transactionTimeoutMs":60000,"transactionStatus":4,"transactionPartitions":[],"transactionLastUpdateTimestampMs":1700000000000,"transactionStartTimestampMs":-1}}}`,
    `${key},"value":{"version":0,"data":{"producerId":9,"producerEpoch":1,"transactionTimeoutMs":60000,"transactionStatus":0,"transactionPartitions":null,"transactionLastUpdateTimestampMs":1700000000000,"transactionStartTimestampMs":-1}}}`,
    `${key},"value":null}`,
    '{"key":{"version":9,"data":"unknown"},"value":{"version":26229,"data":"unknown"}}',
  ])
})

test('the formatters of 2.x print a line a record', () => {
  const offsets = '[g,orders,1]::OffsetAndMetadata(offset=42, leaderEpoch=Optional.empty, metadata='
  const metadata = 'g::GroupMetadata(groupId=g, generation=5, protocolType=Some(consumer), currentState='
  const member =
    'MemberMetadata(memberId=m-1, groupInstanceId=None, clientId=c, clientHost=/127.0.0.1, sessionTimeoutMs=45000, rebalanceTimeoutMs=300000, supportedProtocols=List(range))'
  const transaction =
    'tx::TransactionMetadata(transactionalId=tx, producerId=9, producerEpoch=1, txnTimeoutMs=60000, state='
  assert.deepEqual(texts(offsetsText, groups.slice(0, 5)), [
    `${offsets}note "q" \u0001, commitTimestamp=1700000000000, expireTimestamp=None)\n`,
    `${offsets}, commitTimestamp=1700000000000, expireTimestamp=Some(1700000000009))\n`,
    '[g,orders,1]::OffsetAndMetadata(offset=43, leaderEpoch=Optional[7], metadata=, commitTimestamp=1700000000000, expireTimestamp=None)\n',
    '[g,orders,1]::NULL\n',
    undefined,
  ])
  assert.deepEqual(texts(groupMetadataText, groups.slice(3, 8)), [
    undefined,
    `${metadata}Stable, members=HashMap(m-1 -> ${member}))\n`,
    `${metadata}Stable, members=HashMap(m-1 -> ${member.replace('None', 'Some(i)')}))\n`,
    `${metadata}Empty, members=HashMap())\n`,
    'g::NULL\n',
  ])
  assert.deepEqual(texts(transactionLogText, transactionRecords), [
    `${transaction}Ongoing, pendingState=None, topicPartitions=HashSet(orders-0, bills-1, orders-2), txnStartTimestamp=1699999999995, txnLastUpdateTimestamp=1700000000000)\n`,
    `${transaction}CompleteCommit, pendingState=None, topicPartitions=HashSet(), txnStartTimestamp=-1, txnLastUpdateTimestamp=1700000000000)\n`,
    `${transaction}Empty, pendingState=None, topicPartitions=HashSet(), txnStartTimestamp=-1, txnLastUpdateTimestamp=1700000000000)\n`,
    'tx::NULL\n',
    'unknown::version=9\n',
  ])
  assert.deepEqual(texts(offsetsText, future), [undefined])
})

function dumped(decode: RecordDecoder, records: typeof groupRecords): (string | undefined)[][] {
  return records.map(({ key = null, value = null }, offset) => {
    const decoded = decode({ offset, key, value })
    return [decoded.key, decoded.payload]
  })
}

test('dump of groups: members of consumer groups are opened, what cannot be read stays base64', () => {
  const key = '{"type":"1","data":{"group":"g","topic":"orders","partition":1}}'
  const group = '{"type":"2","data":{"group":"g"}}'
  const member = '"clientId":"c","clientHost":"/127.0.0.1","rebalanceTimeout":300000,"sessionTimeout":45000'
  const value =
    '{"version":"3","data":{"protocolType":"consumer","generation":5,"protocol":"range","leader":"m-1","currentStateTimestamp":1700000000000,"members":[{"memberId":"m-1","groupInstanceId":'
  assert.deepEqual(dumped(decodeGroupRecord, groupRecords).slice(1, -1), [
    [
      key,
      '{"version":"1","data":{"offset":42,"metadata":"","commitTimestamp":1700000000000,"expireTimestamp":1700000000009}}',
    ],
    [key, '{"version":"3","data":{"offset":43,"leaderEpoch":7,"metadata":"","commitTimestamp":1700000000000}}'],
    [key, '<DELETE>'],
    [
      group,
      `${value}null,${member},"subscription":{"topics":["orders"],"userData":"dQ==","ownedPartitions":[{"topic":"orders","partitions":[1]}],"generationId":4,"rackId":null},"assignment":{"assignedPartitions":[{"topic":"orders","partitions":[0,1]}],"userData":null}}]}}`,
    ],
    [group, `${value}"i",${member},"subscription":"","assignment":"eA=="}]}}`],
    [
      group,
      '{"version":"0","data":{"protocolType":"consumer","generation":5,"protocol":null,"leader":null,"members":[]}}',
    ],
    [group, '<DELETE>'],
    ['{"type":"3","data":{"groupId":"g"}}', '{"version":"0","data":{"epoch":3}}'],
    [
      '{"type":"5","data":{"groupId":"g","memberId":"m"}}',
      '{"version":"0","data":{"instanceId":null,"rackId":null,"clientId":"c","clientHost":"/127.0.0.1","subscribedTopicNames":["orders"],"subscribedTopicRegex":"","rebalanceTimeoutMs":300000,"serverAssignor":null,"classicMemberMetadata":{"sessionTimeoutMs":1,"supportedProtocols":[{"name":"range","metadata":"bQ=="}]}}}',
    ],
    ['Unknown record type 99 at offset 10, skipping.', undefined],
  ])
  const [text, payload] = dumped(decodeGroupRecord, groupRecords).at(-1) ?? []
  assert.match(text ?? '', /^Error at offset 11, skipping\. /)
  assert.equal(payload, undefined)
  assert.throws(() => decodeGroupRecord({ offset: 7, key: null, value: null }), /at offset 7 .*missing key/)
})

test('dump of transactions: partitions in the order of their hashes', () => {
  const key = 'transaction_metadata::transactionalId=tx'
  const end = 'txnLastUpdateTimestamp=1700000000000,txnTimeoutMs=60000'
  assert.deepEqual(dumped(decodeTransactionRecord, transactionRecords), [
    [key, `producerId:9,producerEpoch:1,state=Ongoing,partitions=[orders-0,bills-1,orders-2],${end}`],
    [key, `producerId:9,producerEpoch:1,state=CompleteCommit,partitions=[],${end}`],
    [key, `producerId:9,producerEpoch:1,state=Empty,partitions=[],${end}`],
    [key, '<DELETE>'],
    ['unknown::version=9', undefined],
  ])
})

test('JSON is escaped as Jackson does: upper-case digits, and no other difference', () => {
  assert.equal(jsonText('\u001f \\u001f "é"\n'), String.raw`"\u001F \\u001f \"é\"\n"`)
})
