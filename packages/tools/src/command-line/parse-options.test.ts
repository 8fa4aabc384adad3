import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flag, integer, long, manyTexts, oneOf, optionalText, text, texts } from './option-table.js'
import { parseOptions, UsageError } from './parse-options.js'

const table = {
  create: flag('make'),
  topic: text('topic', 'which'),
  partitions: integer('count', 'how many'),
  bytes: long('bytes', 'how much', 7),
  config: texts('key=value', 'a setting'),
  'producer-props': manyTexts('key=value', 'settings'),
  state: optionalText('state', 'which state'),
  output: oneOf(['text', 'json'], 'how', 'text'),
}

const refused = (args: readonly string[], message: string | RegExp) =>
  assert.throws(
    () => parseOptions(table, args),
    (error: unknown) => {
      assert.ok(error instanceof UsageError)
      if (typeof message === 'string') assert.equal(error.message, message)
      else assert.match(error.message, message)
      return true
    },
  )

test('nothing: defaults, and nothing given', () => {
  const { values, given, words } = parseOptions(table, [])
  assert.deepEqual(values, {
    create: false,
    topic: undefined,
    partitions: undefined,
    bytes: 7,
    config: [],
    'producer-props': [],
    state: undefined,
    output: 'text',
  })
  assert.equal(given.size, 0)
  assert.deepEqual(words, [])
})

// What jopt-simple 5.0.4 does with the same lines.
test('the rules of jopt-simple', () => {
  const cases: readonly (readonly [readonly string[], object])[] = [
    [['--topic', 'x'], { topic: 'x' }],
    [['--topic=x'], { topic: 'x' }],
    [['-topic', 'x'], { topic: 'x' }],
    [['--topic', '--create'], { topic: '--create', create: false }],
    [['--topic', '-x'], { topic: '-x' }],
    [['--topic', ''], { topic: '' }],
    [['--topic='], { topic: '' }],
    [['--partitions', '-1'], { partitions: -1 }],
    [['--create=x'], { create: true }],
    [['--create', '--create'], { create: true }],
    [['--config', 'a=b', '--config', 'c'], { config: ['a=b', 'c'] }],
    [['--config=a=b'], { config: ['a=b'] }],
    [['--state', '--create'], { state: '', create: true }],
    [['--state', 'Empty'], { state: 'Empty' }],
    [['--state=Empty'], { state: 'Empty' }],
    [['--', '--create'], { create: false }],
    [['--producer-props', 'a=1', 'b=2', '--create'], { 'producer-props': ['a=1', 'b=2'], create: true }],
    [['--bytes', '9007199254740991'], { bytes: 9007199254740991 }],
  ]
  for (const [args, expected] of cases) {
    const { values } = parseOptions(table, args)
    assert.deepEqual({ ...values, ...expected }, values, args.join(' '))
  }
  assert.deepEqual(parseOptions(table, ['--topic=x', 'y', '--', '--create']).words, ['y', '--create'])
})

test('what is not understood is one sentence, in the words of jopt-simple', () => {
  refused(['--topic'], 'Option topic requires an argument')
  refused(['--partitions', 'abc'], "Cannot parse argument 'abc' of option partitions")
  refused(['--partitions', '2147483648'], "Cannot parse argument '2147483648' of option partitions")
  refused(['--topic', 'a', '--topic', 'b'], 'Found multiple arguments for option topic, but you asked for only one')
  refused(['-h'], 'h is not a recognized option')
  refused(['--top', 'x'], /^top is not a recognized option/)
  refused(['--partitons', '3'], 'partitons is not a recognized option: did you mean --partitions?')
  refused(['--output', 'xml'], "Cannot parse argument 'xml' of option output: it is one of text, json")
})

test('options before a word belong to the tool, what follows to the command', () => {
  const { values, words } = parseOptions(table, ['--topic', 'x', 'list', '--create'], { untilWord: true })
  assert.equal(values.topic, 'x')
  assert.equal(values.create, false)
  assert.deepEqual(words, ['list', '--create'])
})
