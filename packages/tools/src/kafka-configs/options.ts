import { clusterOptions, controllerOption } from '../command-line/client-settings.js'
import { flag, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import type { Invocation } from '../command-line/tool.js'
import { zooKeeperOption } from '../command-line/zookeeper-brokers.js'

export const options = {
  ...clusterOptions,
  ...zooKeeperOption,
  ...outputOption,
  ...controllerOption,
  'zk-tls-config-file': text('file', 'Not needed: settings are asked of brokers.'),
  describe: flag('Show the settings of something.'),
  alter: flag('Change the settings of something.'),
  all: flag('With --describe: those that are not set there too.'),
  'entity-type': texts(
    'type',
    'What has the settings: topics, brokers, broker-loggers, users, clients, ips, client-metrics or groups.',
  ),
  'entity-name': texts('name', 'Its name: of a topic, broker (its id), user, client or group; an address.'),
  'entity-default': flag('In place of the name: the defaults of all users, clients, brokers or ips.'),
  'add-config': text(
    'name=value,…',
    'Settings, with commas between them; [] around a value that has commas: k1=v1,k2=[v1,v2].',
  ),
  'add-config-file': text('file', 'A properties file of settings.'),
  'delete-config': texts('name,…', 'Settings that go back to their defaults.'),
  force: flag('Ask nothing. (Nothing is asked.)'),
  topic: text('topic', 'The topic.'),
  client: text('client-id', 'The client.'),
  'client-defaults': flag('The defaults of all clients.'),
  user: text('principal', 'The user.'),
  'user-defaults': flag('The defaults of all users.'),
  broker: text('id', 'The broker.'),
  'broker-defaults': flag('The defaults of all brokers.'),
  'broker-logger': text('id', 'The broker whose logger levels are meant.'),
  ip: text('address', 'The address.'),
  'ip-defaults': flag('The defaults of all addresses.'),
  group: text('group', 'The group.'),
  'client-metrics': text('name', 'The subscription of client metrics.'),
} as const

export type ConfigsInvocation = Invocation<typeof options>
