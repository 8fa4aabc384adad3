import { clusterOptions, controllerOption } from '../command-line/client-settings.js'
import { flag, oneOf, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import type { Invocation } from '../command-line/tool.js'

export const options = {
  ...clusterOptions,
  ...outputOption,
  ...controllerOption,
  authorizer: text('class', 'Not needed: brokers are asked.'),
  'authorizer-properties': texts(
    'name=value',
    'The way to the brokers in old command lines: zookeeper.connect=host:port. Use --bootstrap-server.',
  ),
  'zk-tls-config-file': text('file', 'Not needed: brokers are asked.'),
  add: flag('Add entries.'),
  remove: flag('Remove entries.'),
  list: flag('Show entries.'),
  topic: texts('topic', 'The topic, or * for all.'),
  group: texts('group', 'The group, or * for all.'),
  cluster: flag('The cluster itself.'),
  'transactional-id': texts('id', 'The transactional id, or * for all.'),
  'delegation-token': texts('id', 'The delegation token, or * for all.'),
  'user-principal': texts('principal', 'The user whose tokens are meant.'),
  'resource-pattern-type': oneOf(
    ['literal', 'prefixed', 'any', 'match', 'LITERAL', 'PREFIXED', 'ANY', 'MATCH'],
    'Whether a name means itself or all that begin with it; with --list and --remove also any, or match: all patterns that the name falls under.',
    'literal',
  ),
  operation: texts('operation', 'What is allowed or denied, such as Read, Write, Describe. The default is All.'),
  'allow-principal': texts('type:name', 'Who is allowed: User:alice, or User:* for anybody.'),
  'deny-principal': texts('type:name', 'Who is denied; this comes before what is allowed.'),
  'allow-host': texts('address', 'From where it is allowed. The default is anywhere.'),
  'deny-host': texts('address', 'From where it is denied. The default is anywhere.'),
  principal: texts('type:name', 'With --list: only the entries of this one.'),
  producer: flag('What a producer needs: Write, Describe and Create for topics.'),
  consumer: flag('What a consumer needs: Read and Describe for topics, Read for groups.'),
  idempotent: flag('With --producer: also what an idempotent producer needs.'),
  force: flag('Remove without asking.'),
} as const

export type AclsInvocation = Invocation<typeof options>
