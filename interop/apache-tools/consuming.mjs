// The console clients and kafka-consumer-groups.
import assert from 'node:assert/strict'

/** kafka-console-producer and kafka-console-consumer; what they leave behind is what consumerGroups looks at. */
export async function consoleClients({ t, tools, at, server, name }) {
  const topic = name('console')
  await t.test('kafka-console-producer and -consumer: keys, headers of the line, from the beginning', async () => {
    const input = Array.from({ length: 100 }, (_, i) => `k${i}:v${i}\n`).join('')
    const keyed = ['--property', 'parse.key=true', '--property', 'key.separator=:']
    const codec = ['--compression-codec', 'zstd']
    await tools.must('kafka-console-producer', [...at, '--topic', topic, ...keyed, ...codec], { input })
    const shown = [
      '--property',
      'print.key=true',
      '--property',
      'print.timestamp=true',
      '--property',
      'key.separator=:',
    ]
    const limit = ['--max-messages', '100', '--timeout-ms', '30000']
    const text = await tools.must('kafka-console-consumer', [
      ...server,
      '--topic',
      topic,
      '--from-beginning',
      ...limit,
      ...shown,
    ])
    const found = text
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('CreateTime')) // 4.x warns of old options
    assert.equal(found.length, 100)
    for (const [i, line] of found.entries()) assert.match(line, new RegExp(`^CreateTime:\\d+:k${i}:v${i}$`))
  })

  await t.test(
    'kafka-console-consumer: one partition from an offset, a group that resumes, read_committed',
    async () => {
      const consume = (...args) => tools.run('kafka-console-consumer', [...server, '--topic', topic, ...args])
      const tail = await consume('--partition', '0', '--offset', '98', '--max-messages', '2', '--timeout-ms', '30000')
      assert.equal(tail.stdout, 'v98\nv99\n')
      const group = ['--group', name('console-group'), '--from-beginning', '--isolation-level', 'read_committed']
      const first = await consume(...group, '--max-messages', '40', '--timeout-ms', '30000')
      const second = await consume(...group, '--max-messages', '60', '--timeout-ms', '30000')
      assert.equal(first.stdout.split('\n').length + second.stdout.split('\n').length, 102, second.stderr)
      assert.match(second.stdout, /^v40\n/)
    },
  )
}

/** kafka-consumer-groups on the group of the console consumer. */
export async function consumerGroups({ t, tools, server, name, old }) {
  const group = name('console-group')
  const groups = (...args) => tools.must('kafka-consumer-groups', [...server, ...args])
  // 3.9 puts no line break between the header and the first row.
  const row = (text, topic) =>
    text
      .match(new RegExp(`${group} +${topic} .*`))?.[0]
      .trim()
      .split(/\s+/) ?? []

  await t.test('kafka-consumer-groups --list, --describe: offsets, members, state', async () => {
    assert.ok((await groups('--list')).split('\n').includes(group))
    const described = row(await groups('--describe', '--group', group), name('console'))
    assert.deepEqual(described.slice(0, 6), [group, name('console'), '0', '100', '100', '0'])
    assert.match(await groups('--describe', '--group', group, '--state'), /Empty/)
    const members = await tools.run('kafka-consumer-groups', [...server, '--describe', '--group', group, '--members'])
    assert.match(members.stdout + members.stderr, /no active members/)
    if (!old) assert.ok((await groups('--list', '--state')).match(new RegExp(`${group}.*Empty`)))
    const unknown = await tools.run('kafka-consumer-groups', [...server, '--describe', '--group', name('nobody')])
    assert.match(unknown.stdout + unknown.stderr, /does not exist|not found/)
  })

  await t.test('kafka-consumer-groups --reset-offsets: dry run, to an offset, to a time, by shift', async () => {
    const reset = async (...how) => {
      const of = ['--reset-offsets', '--group', group, '--topic', name('console'), ...how]
      return row(await groups(...of), name('console'))[3]
    }
    assert.equal(await reset('--to-earliest', '--dry-run'), '0')
    assert.equal(row(await groups('--describe', '--group', group), name('console'))[3], '100')
    assert.equal(await reset('--to-offset', '30', '--execute'), '30')
    assert.equal(await reset('--shift-by', '5', '--execute'), '35')
    assert.equal(await reset('--to-datetime', '2001-01-01T00:00:00.000', '--execute'), '0')
    assert.equal(row(await groups('--describe', '--group', group), name('console'))[5], '100')
  })

  await t.test('kafka-consumer-groups --delete-offsets and --delete', async () => {
    await groups('--delete-offsets', '--group', group, '--topic', name('console'))
    assert.deepEqual(row(await groups('--describe', '--group', group), name('console')), [])
    await tools.run('kafka-consumer-groups', [
      ...server,
      '--reset-offsets',
      '--group',
      group,
      '--topic',
      name('console'),
      '--to-latest',
      '--execute',
    ])
    assert.match(await groups('--delete', '--group', group), /successful/)
    assert.ok(!(await groups('--list')).split('\n').includes(group))
  })
}
