// Apache's formatters for __consumer_offsets: each line of tools decodes what the broker has written there.
import assert from 'node:assert/strict'

const old = 'kafka.coordinator.group.GroupMetadataManager$'
const current = 'org.apache.kafka.tools.consumer.'
/** 3.9 has both families. */
const families = { 'kafka-2.5': [old], 'kafka-3.9': [old, current], 'kafka-4.x': [current] }

/** A group that consumed, committed, left, and was deleted: all that is written about a group. */
export async function formatters({ t, tools, line, server, name }) {
  const group = name('formatted')
  const topic = name('console')
  await t.test('a group is written: members, offsets, their end', async () => {
    const properties = ['client.id=a-client', 'group.instance.id=an-instance', 'session.timeout.ms=11000']
    const options = properties.flatMap((each) => ['--consumer-property', each])
    const limit = ['--from-beginning', '--max-messages', '10', '--timeout-ms', '30000']
    const read = ['--topic', topic, '--group', group, ...options, ...limit]
    await tools.must('kafka-console-consumer', [...server, ...read])
    // A static member does not leave: it must be out before the group can go.
    const remove = ['--delete', '--group', group]
    for (const deadline = performance.now() + 30_000; ; ) {
      const { stdout } = await tools.run('kafka-consumer-groups', [...server, ...remove])
      if (/successful/.test(stdout)) break
      assert.ok(performance.now() < deadline, stdout)
    }
  })

  for (const family of families[line]) {
    await t.test(`${family}OffsetsMessageFormatter`, async () => {
      const lines = await decode(tools, server, `${family}OffsetsMessageFormatter`, group)
      assert.deepEqual(lines, family === old ? oldOffsets(group, topic) : offsets(group, topic, line))
    })
    await t.test(`${family}GroupMetadataMessageFormatter`, async () => {
      const lines = await decode(tools, server, `${family}GroupMetadataMessageFormatter`, group)
      assert.deepEqual(lines, family === old ? oldMetadata(group, line) : metadata(group, line))
    })
  }
}

/** What the formatter prints about a group, one text a record, with times and member ids masked. */
async function decode(tools, server, formatter, group) {
  const all = ['--topic', '__consumer_offsets', '--from-beginning', '--timeout-ms', '3000']
  const { stdout } = await tools.run('kafka-console-consumer', [...server, ...all, '--formatter', formatter])
  return stdout
    .replaceAll('{"key"', '\n{"key"') // The JSON formatters end no line.
    .split('\n')
    .filter((text) => text.includes(group))
    .filter((text) => !/generation\W+0\b/.test(text)) // 4.x, and we, note a group before it has a member.
    .map((text) =>
      text
        .replace(/(imestamp["=:]+)\d+/g, '$1TIME')
        .replace(/an-instance-[-\w]{36}/g, 'MEMBER')
        .replace(/("(?:subscription|assignment)":)"[\w+/=]+"/g, '$1"BYTES"'),
    )
}

// The console consumer commits without an epoch: before it closes it seeks back to where its reader has stopped.
function oldOffsets(group, topic) {
  const key = `[${group},${topic},0]`
  const epoch = 'leaderEpoch=Optional.empty'
  const value = `OffsetAndMetadata(offset=10, ${epoch}, metadata=, commitTimestamp=TIME, expireTimestamp=None)`
  return [`${key}::${value}`, `${key}::NULL`]
}

function offsets(group, topic, line) {
  const key = { [typeField(line)]: 1, data: { group, topic, partition: 0 } }
  const value = { version: 3, data: { offset: 10, leaderEpoch: -1, metadata: '', commitTimestamp: 'TIME' } }
  return [
    { key, value },
    { key, value: null },
  ].map(json)
}

function oldMetadata(group, line) {
  const protocols = line === 'kafka-2.5' ? 'List(range), ' : 'List(range)'
  const member = {
    memberId: 'MEMBER',
    groupInstanceId: 'Some(an-instance)',
    clientId: 'a-client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 11_000,
    rebalanceTimeoutMs: 300_000,
    supportedProtocols: protocols,
  }
  const fields = Object.entries(member).map(([name, value]) => `${name}=${value}`)
  const metadata = (generation, state, members) =>
    `${group}::GroupMetadata(groupId=${group}, generation=${generation}, protocolType=Some(consumer), ` +
    `currentState=${state}, members=HashMap(${members}))`
  return [
    metadata(1, 'Stable', `MEMBER -> MemberMetadata(${fields.join(', ')})`),
    metadata(2, 'Empty', ''),
    `${group}::NULL`,
  ]
}

function metadata(group, line) {
  const key = { [typeField(line)]: 2, data: { group } }
  const member = {
    memberId: 'MEMBER',
    groupInstanceId: 'an-instance',
    clientId: 'a-client',
    clientHost: '/127.0.0.1',
    rebalanceTimeout: 300_000,
    sessionTimeout: 11_000,
    subscription: 'BYTES',
    assignment: 'BYTES',
  }
  const common = { currentStateTimestamp: 'TIME' }
  const first = { protocolType: 'consumer', generation: 1, protocol: 'range', leader: 'MEMBER', ...common }
  const second = { protocolType: 'consumer', generation: 2, protocol: null, leader: null, ...common }
  return [
    { key, value: { version: 3, data: { ...first, members: [member] } } },
    { key, value: { version: 3, data: { ...second, members: [] } } },
    { key, value: null },
  ].map(json)
}

function json(record) {
  return JSON.stringify(record).replaceAll('"TIME"', 'TIME')
}

/** 3.9 calls the type of a record its version. */
function typeField(line) {
  return line === 'kafka-3.9' ? 'version' : 'type'
}
