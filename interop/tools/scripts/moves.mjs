// kafka-reassign-partitions, kafka-streams-application-reset: with one broker there is nowhere to go, but much to say.
const reassign = (...args) => ({ tool: 'kafka-reassign-partitions', args })
const moves = (action, partitions, ...args) => ({
  ...reassign(action, '--reassignment-json-file', 'FILE', ...args),
  file: JSON.stringify({ version: 1, partitions }),
})
const generate = (topics, ...args) => ({
  ...reassign('--generate', '--topics-to-move-json-file', 'FILE', ...args),
  file: JSON.stringify({ version: 1, topics: topics.map((topic) => ({ topic })) }),
})
const malformed = (file, ...args) => ({ ...reassign(...args, '--reassignment-json-file', 'FILE'), file })
const reset = (...args) => ({ tool: 'kafka-streams-application-reset', args: ['--application-id', '@app', ...args] })
const stay = { topic: '@t', partition: 0, replicas: [0] }
const away = { topic: '@t', partition: 0, replicas: [7] }

export const steps = [
  { tool: 'kafka-topics', args: ['--create', '--topic', '@t', '--partitions', '1'] },
  { tool: 'kafka-topics', args: ['--create', '--topic', '@app-store-changelog', '--partitions', '1'] },
  { tool: 'kafka-console-producer', args: ['--topic', '@t', '--sync'], input: 'one\ntwo\n' },

  generate(['@t'], '--broker-list', '0'),
  generate(['@t'], '--broker-list', '0', '--disable-rack-aware'),
  generate(['@t'], '--broker-list', '0,7'),
  generate(['@t'], '--broker-list', '0,0'),
  generate(['@nowhere'], '--broker-list', '0'),
  generate([], '--broker-list', '0'),
  generate(['@t', '@t'], '--broker-list', '0'),
  generate(['@t']),
  moves('--execute', [stay]),
  moves('--execute', [away]),
  moves('--execute', [stay, stay]),
  moves('--execute', [{ ...stay, partition: 9 }]),
  moves('--execute', [{ ...stay, topic: '@nowhere' }]),
  moves('--execute', [{ ...stay, replicas: [] }]),
  moves('--execute', [{ ...stay, replicas: [0, 0] }]),
  moves('--execute', [{ ...stay, log_dirs: ['any', 'any'] }]),
  moves('--execute', []),
  moves('--verify', [stay]),
  moves('--verify', [away], '--preserve-throttles'),
  moves('--verify', [{ ...stay, topic: '@nowhere' }]),
  moves('--cancel', [stay], '--preserve-throttles'),
  moves('--cancel', [{ ...stay, topic: '@nowhere' }], '--preserve-throttles'),
  reassign('--list'),
  // Apache's says what its parser met.
  { ...malformed('not JSON', '--execute'), stdout: 'different' },
  malformed('{"version": 2}', '--verify'),
  reassign('--execute'),
  // Ours says why it cannot be read.
  { ...reassign('--execute', '--reassignment-json-file', '/no/such/file.json'), stdout: 'different' },
  reassign('--list', '--throttle', '5'),
  reassign('--list', '--execute'),
  reassign('--throttle', '5'),
  { ...reassign('--list'), offline: true },

  reset('--input-topics', '@t', '--dry-run'),
  reset('--input-topics', '@t'),
  reset('--input-topics', '@t', '--to-latest'),
  reset('--input-topics', '@t', '--to-offset', '1'),
  reset('--input-topics', '@t', '--shift-by', '1'),
  reset('--input-topics', '@nowhere'),
  reset('--intermediate-topics', '@t', '--dry-run'),
  reset('--input-topics', '@t', '--to-offset', '1', '--to-latest'),
  reset('--internal-topics', '@other'),
  { tool: 'kafka-streams-application-reset', args: ['--input-topics', '@t'] },
]
