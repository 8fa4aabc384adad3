/**
 * The operations a client may do, as the bit field of KIP-430. Without an authorizer that is every operation that the
 * kind of resource has (Kafka: AclEntry.supportedOperations).
 */

const bits = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
}

function fieldOf(operations: readonly (keyof typeof bits)[]): number {
  return operations.reduce((field, operation) => field | (1 << bits[operation]), 0)
}

export const NOT_ASKED = -(2 ** 31)

export const topicOperations = fieldOf([
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'describeConfigs',
  'alterConfigs',
])
export const clusterOperations = fieldOf([
  'create',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
  'alter',
  'describe',
])
export const groupOperations = fieldOf(['read', 'describe', 'delete'])
