/** Codes of the config APIs (Kafka: ConfigResource.Type, DescribeConfigsResponse.ConfigSource and ConfigType). */
import type { ConfigSource } from '../config/broker-config.js'
import type { ConfigKind } from '../config/config-key.js'

export const topicResource = 2
export const brokerResource = 4
export const brokerLoggerResource = 8

export const sourceCodes: Readonly<Record<ConfigSource | 'topic' | 'dynamicBrokerLogger', number>> = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  dynamicBrokerLogger: 6,
}

export const typeCodes: Readonly<Record<ConfigKind, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  javaClass: 8,
  password: 9,
}
