// kafka-acls. A broker without an authorizer says so; the rest is checked before it is asked.
const acls = (...args) => ({ tool: 'kafka-acls', args })
const alice = ['--allow-principal', 'User:@alice']
// Apache's prints them in the order of a hash table.
const known = (step) => ({ ...step, sorted: true })

export const steps = [
  acls('--list', '--topic', '@t'),
  acls('--add', ...alice, '--topic', '@t'),
  known(
    acls(
      '--add',
      ...alice,
      '--deny-principal',
      'User:@bob',
      '--operation',
      'Read',
      '--operation',
      'Write',
      '--topic',
      '@t',
    ),
  ),
  known(acls('--add', ...alice, '--producer', '--topic', '@p', '--transactional-id', '@x', '--idempotent')),
  known(acls('--add', ...alice, '--consumer', '--topic', '@c', '--group', '@g')),
  acls('--add', ...alice, '--allow-host', '10.0.0.1', '--topic', '@pre', '--resource-pattern-type', 'prefixed'),
  acls('--add', ...alice, '--operation', 'Alter', '--cluster'),
  known(acls('--list', '--topic', '@t')),
  known(acls('--list', '--topic', '@prefix', '--resource-pattern-type', 'match')),
  known(acls('--list', '--principal', 'User:@alice', '--topic', '@t')),
  // Scala keeps the standard input that it finds first.
  { ...acls('--remove', '--topic', '@t'), input: 'n\n', fresh: true },
  { ...acls('--remove', ...alice, '--operation', 'Alter', '--cluster'), input: 'y\n', fresh: true },
  acls('--remove', '--topic', '@t', '--force'),
  acls('--list', '--topic', '@t'),
  acls('--add', '--topic', '@t'),
  acls('--add', ...alice),
  acls('--add', '--topic', '@t', '--allow-principal', '@alice'),
  // Apache's lists operations in the order of a hash table.
  { ...acls('--add', ...alice, '--topic', '@t', '--operation', 'IdempotentWrite'), stderr: 'different' },
  acls('--add', ...alice, '--topic', '@t', '--resource-pattern-type', 'any'),
  acls('--add', '--list', '--topic', '@t'),
  acls('--list', '--topic', '@t', ...alice),
  acls('--add', '--producer', ...alice, '--group', '@g'),
  acls('--add', '--consumer', ...alice, '--topic', '@t'),
  acls('--add', '--idempotent', ...alice, '--topic', '@t'),
  acls('--add', '--principal', 'User:@alice', '--topic', '@t'),
  acls('--add', '--producer', '--operation', 'Read', ...alice, '--topic', '@t'),
  // Apache's misses the way to ZooKeeper.
  { ...acls('--list'), offline: true, stderr: 'different' },
]
