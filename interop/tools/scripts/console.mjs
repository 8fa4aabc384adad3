// The console producer and consumer: every way to print, groups, what goes wrong.
const produce = (topic, input, ...args) => ({
  tool: 'kafka-console-producer',
  args: ['--topic', topic, ...args],
  input,
})
const consume = (topic, ...args) => ({
  tool: 'kafka-console-consumer',
  args: ['--topic', topic, '--from-beginning', ...args],
})
const properties = (...pairs) => pairs.flatMap((pair) => ['--property', pair])

export const steps = [
  produce('@first', 'testMessage\n'),
  produce('@first', 'Pangyo-23\n', ...properties('parse.key=true', 'key.separator=-')),
  consume('@first', '--max-messages', '2'),
  consume('@first', '--max-messages', '2', ...properties('print.key=true', 'key.separator=-')),
  // Ours tells the misspelt properties on stderr.
  {
    ...consume('@first', '--max-messages', '2', ...properties('pring.key=true', 'key.seperator=-')),
    stderr: 'different',
  },
  produce(
    '@full',
    'a:1,b:2\tk\tv\nc:3\tNIL\tNIL\n',
    ...properties('parse.headers=true', 'parse.key=true', 'null.marker=NIL'),
  ),
  consume(
    '@full',
    ...['--max-messages', '2'],
    ...properties(
      'print.timestamp=true',
      'print.key=true',
      'print.offset=true',
      'print.partition=true',
      'print.headers=true',
      'null.literal=(null)',
    ),
  ),
  consume('@full', '--max-messages', '2', ...properties('print.value=false', 'print.key=true', 'line.separator=;')),
  consume('@full', '--max-messages', '1', '--formatter', 'org.apache.kafka.tools.consumer.DefaultMessageFormatter'),
  produce('@numbers', '1\n2\n3\n4\n5\n', '--sync', '--compression-codec', 'lz4'),
  consume('@numbers', '--group', '@group', '--max-messages', '2'),
  consume('@numbers', '--group', '@group', '--max-messages', '3'),
  {
    tool: 'kafka-console-consumer',
    args: ['--topic', '@numbers', '--partition', '0', '--offset', '3', '--max-messages', '2'],
  },
  // Apache's logs the TimeoutException.
  { ...consume('@numbers', '--timeout-ms', '4000'), stderr: 'different' },
  consume('@numbers', '--max-messages', '5', '--isolation-level', 'read_committed'),
  { tool: 'kafka-console-consumer', args: ['--include', '@numb.*', '--from-beginning', '--max-messages', '5'] },
  { tool: 'kafka-console-consumer', args: ['--from-beginning'] },
  { tool: 'kafka-console-consumer', args: ['--topic', '@numbers', '--offset', '3'] },
  { tool: 'kafka-console-consumer', args: ['--topic', '@numbers', '--partition', '0', '--offset', 'first'] },
  { tool: 'kafka-console-consumer', args: ['--topic', '@numbers', '--partition', '0', '--group', '@group'] },
  consume('@numbers', '--group', '@group', '--consumer-property', 'group.id=@other'),
  { ...consume('@numbers', '--consumer-property', 'auto.offset.reset=latest') },
  { tool: 'kafka-console-producer', args: [] },
  produce('@numbers', 'no key\n', ...properties('parse.key=true')),
]
