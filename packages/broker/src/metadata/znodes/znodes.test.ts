/** The bytes of every znode: as Kafka writes them, and as any version may have written them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBrokerRegistration, encodeBrokerRegistration } from './broker-registration.js'
import {
  decodeClusterId,
  decodeController,
  decodeControllerEpoch,
  decodeFeatureZnode,
  decodeIsrChange,
  decodeLogDirEvent,
  decodePreferredReplicaElection,
  decodeProducerIdBlock,
  decodeReassignPartitions,
  encodeClusterId,
  encodeController,
  encodeControllerEpoch,
  encodeFeatureZnode,
  encodeIsrChange,
  encodeLogDirEvent,
  encodeProducerIdBlock,
} from './cluster-znodes.js'
import { decodeConfigChange, decodeEntityConfig, encodeConfigChange, encodeEntityConfig } from './entity-config.js'
import { inScalaMapOrder } from './json.js'
import { decodePartitionState, encodePartitionState } from './partition-state.js'
import { decodeTopicAssignment, encodeTopicAssignment, stableAssignment } from './topic-assignment.js'

// The expected texts were written by the encoders of Apache Kafka 3.9.1.

const TOPIC_ID = 'Xq1oPAcYSNW_x4e2BfXUUQ'

/** Replicas i % 3 and i % 3 + 1. */
function assignment(partitions: number, topicId: string | undefined = TOPIC_ID) {
  const entries = Array.from({ length: partitions }, (_, index) => {
    return [index, stableAssignment([index % 3, (index % 3) + 1])] as const
  })
  return { topicId, partitions: new Map(entries) }
}

test('topic assignments are written byte for byte as Kafka does', () => {
  assert.equal(
    encodeTopicAssignment(assignment(1)).toString(),
    '{"partitions":{"0":[0,1]},"topic_id":"Xq1oPAcYSNW_x4e2BfXUUQ","adding_replicas":{},"removing_replicas":{},"version":3}',
  )
  assert.equal(
    encodeTopicAssignment({ ...assignment(3), topicId: undefined }).toString(),
    '{"partitions":{"0":[0,1],"1":[1,2],"2":[2,3]},"adding_replicas":{},"removing_replicas":{},"version":3}',
  )
  const reassigned = assignment(2)
  reassigned.partitions.set(1, { replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [1] })
  assert.equal(
    encodeTopicAssignment(reassigned).toString(),
    '{"partitions":{"0":[0,1],"1":[3,1,2]},"topic_id":"Xq1oPAcYSNW_x4e2BfXUUQ","adding_replicas":{"1":[3]},"removing_replicas":{"1":[1]},"version":3}',
  )
  assert.equal(
    encodeTopicAssignment(assignment(13)).toString(),
    '{"partitions":{"11":[2,3],"12":[0,1],"0":[0,1],"1":[1,2],"2":[2,3],"3":[0,1],"4":[1,2],"5":[2,3],"6":[0,1],"7":[1,2],"8":[2,3],"9":[0,1],"10":[1,2]},"topic_id":"Xq1oPAcYSNW_x4e2BfXUUQ","adding_replicas":{},"removing_replicas":{},"version":3}',
  )
})

test('200 partitions come in the order of a Scala hash map', () => {
  const order =
    '110 111 112 113 114 115 116 117 118 119 10 11 12 13 14 15 16 17 18 19 120 0 121 1 122 2 123 3 124 4 125 5 126 6 127 7 128 8 129 9 20 21 22 23 24 25 26 27 28 29 130 131 132 133 134 135 136 137 138 139 30 31 32 33 34 35 36 37 38 39 140 141 142 143 144 145 146 147 148 149 40 41 42 43 44 45 46 47 48 49 150 151 152 153 154 155 156 157 158 159 50 51 52 53 54 55 56 57 58 59 160 161 162 163 164 165 166 167 168 169 60 61 62 63 64 65 66 67 68 69 170 171 172 173 174 175 176 177 178 179 70 71 72 73 74 75 76 77 78 79 180 181 182 183 184 185 186 187 188 189 80 81 82 83 84 85 86 87 88 89 190 191 192 193 194 195 196 197 198 199 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109'
  const keys = Array.from({ length: 200 }, (_, index) => [String(index), index] as const)
  assert.deepEqual(
    inScalaMapOrder(keys).map(([key]) => key),
    order.split(' '),
  )
})

test('topic assignments of every version are read, in any order of keys', () => {
  for (const original of [assignment(13), { ...assignment(1), topicId: undefined }]) {
    assert.deepEqual(decodeTopicAssignment('t', encodeTopicAssignment(original)), {
      ...original,
      partitions: new Map([...original.partitions].sort(([a], [b]) => a - b)),
    })
  }
  const oldest = decodeTopicAssignment('t', Buffer.from('{"version":1,"partitions":{"0":[1,2]}}'))
  assert.deepEqual(oldest, { topicId: undefined, partitions: new Map([[0, stableAssignment([1, 2])]]) })
  assert.throws(() => decodeTopicAssignment('t', Buffer.from('{"partitions":{"0":[1.5]}}')), { code: 'ZNODE_FORMAT' })
  assert.throws(() => decodeTopicAssignment('t', null), { code: 'ZNODE_FORMAT' })
})

test('partition states are written byte for byte as Kafka does and read back', () => {
  const state = { leader: 1, leaderEpoch: 5, isr: [1, 2], leaderRecoveryState: 0, controllerEpoch: 7 }
  assert.equal(
    encodePartitionState(state).toString(),
    '{"controller_epoch":7,"leader":1,"version":1,"leader_epoch":5,"isr":[1,2]}',
  )
  const recovering = { ...state, leader: -1, isr: [1], leaderRecoveryState: 1 }
  assert.equal(
    encodePartitionState(recovering).toString(),
    '{"controller_epoch":7,"leader":-1,"version":1,"leader_recovery_state":1,"leader_epoch":5,"isr":[1]}',
  )
  assert.deepEqual(decodePartitionState('t', 0, encodePartitionState(state)), state)
  assert.deepEqual(decodePartitionState('t', 0, encodePartitionState(recovering)), recovering)
  const foreign = '{"isr":[1,2],"leader_epoch":5,"version":1,"leader":1,"controller_epoch":7,"new_key":{}}'
  assert.deepEqual(decodePartitionState('t', 0, Buffer.from(foreign)), state)
})

test('registrations are written byte for byte as Kafka does and read back', () => {
  const plaintext = { listener: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 'PLAINTEXT' } as const
  const ssl = { listener: 'SSL', host: '::1', port: 9093, securityProtocol: 'SSL' } as const
  const sasl = { listener: 'CLIENT', host: '', port: 9092, securityProtocol: 'SASL_SSL' } as const
  const format = { version: 5, jmxPort: -1, timestampMs: 1_700_000_000_000 } as const
  const cases = [
    {
      broker: { id: 1, endpoints: [plaintext], rack: null },
      format,
      text: '{"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://h:9092"],"jmx_port":-1,"port":9092,"host":"h","version":5,"timestamp":"1700000000000"}',
    },
    {
      broker: { id: 1, endpoints: [ssl, plaintext], rack: 'dc1' },
      format,
      text: '{"features":{},"listener_security_protocol_map":{"SSL":"SSL","PLAINTEXT":"PLAINTEXT"},"endpoints":["SSL://[::1]:9093","PLAINTEXT://h:9092"],"rack":"dc1","jmx_port":-1,"port":9092,"host":"h","version":5,"timestamp":"1700000000000"}',
    },
    {
      broker: { id: 1, endpoints: [sasl], rack: null },
      format,
      text: '{"features":{},"listener_security_protocol_map":{"CLIENT":"SASL_SSL"},"endpoints":["CLIENT://:9092"],"jmx_port":-1,"port":-1,"host":null,"version":5,"timestamp":"1700000000000"}',
    },
    {
      broker: { id: 1, endpoints: [plaintext, ssl], rack: 'r' },
      format: { ...format, version: 4 },
      text: '{"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT","SSL":"SSL"},"endpoints":["PLAINTEXT://h:9092","SSL://[::1]:9093"],"rack":"r","jmx_port":-1,"port":9092,"host":"h","version":4,"timestamp":"1700000000000"}',
    },
  ] as const
  for (const { broker, format, text } of cases) {
    assert.equal(encodeBrokerRegistration(broker, format).toString(), text)
    assert.deepEqual(decodeBrokerRegistration(1, Buffer.from(text)), {
      ...broker,
      version: format.version,
      jmxPort: -1,
    })
  }
})

test('registrations of old brokers are read; one without jmx_port is refused', () => {
  const v1 = '{"version":1,"host":"old","port":9092,"jmx_port":9999,"timestamp":"2233345666"}'
  assert.deepEqual(decodeBrokerRegistration(1, Buffer.from(v1)).endpoints, [
    { listener: 'PLAINTEXT', host: 'old', port: 9092, securityProtocol: 'PLAINTEXT' },
  ])
  const v3 = '{"version":3,"host":"h","port":9092,"jmx_port":-1,"endpoints":["SSL://h:9093"],"rack":"dc1"}'
  assert.equal(decodeBrokerRegistration(1, Buffer.from(v3)).endpoints[0]?.securityProtocol, 'SSL')
  assert.throws(() => decodeBrokerRegistration(1, Buffer.from('{"version":4,"endpoints":[]}')), {
    code: 'ZNODE_FORMAT',
  })
})

test('entity configs are written byte for byte as Kafka does and read back', () => {
  assert.equal(encodeEntityConfig(new Map()).toString(), '{"version":1,"config":{}}')
  const keys = [
    'retention.ms',
    'cleanup.policy',
    'compression.type',
    'segment.bytes',
    'min.insync.replicas',
    'max.message.bytes',
    'flush.messages',
  ]
  const config = new Map(keys.map((key) => [key, `v"é\u2028/${key}`]))
  assert.equal(
    encodeEntityConfig(config).toString(),
    '{"version":1,"config":{"compression.type":"v\\"é\u2028/compression.type","cleanup.policy":"v\\"é\u2028/cleanup.policy","max.message.bytes":"v\\"é\u2028/max.message.bytes","min.insync.replicas":"v\\"é\u2028/min.insync.replicas","retention.ms":"v\\"é\u2028/retention.ms","segment.bytes":"v\\"é\u2028/segment.bytes","flush.messages":"v\\"é\u2028/flush.messages"}}',
  )
  assert.deepEqual(decodeEntityConfig('/x', encodeEntityConfig(config)).get('segment.bytes'), 'v"é\u2028/segment.bytes')
  for (let index = 0; index < 30; index++) config.set(`k${index}`, String(index))
  assert.equal(
    encodeEntityConfig(config).toString(),
    '{"version":1,"config":{"compression.type":"v\\"é\u2028/compression.type","min.insync.replicas":"v\\"é\u2028/min.insync.replicas","k11":"11","k10":"10","k13":"13","k12":"12","k15":"15","k14":"14","k17":"17","k16":"16","cleanup.policy":"v\\"é\u2028/cleanup.policy","k19":"19","k18":"18","retention.ms":"v\\"é\u2028/retention.ms","segment.bytes":"v\\"é\u2028/segment.bytes","flush.messages":"v\\"é\u2028/flush.messages","max.message.bytes":"v\\"é\u2028/max.message.bytes","k0":"0","k1":"1","k2":"2","k3":"3","k20":"20","k4":"4","k5":"5","k22":"22","k6":"6","k21":"21","k7":"7","k24":"24","k8":"8","k23":"23","k9":"9","k26":"26","k25":"25","k28":"28","k27":"27","k29":"29"}}',
  )
  assert.equal(decodeEntityConfig('/x', null).size, 0)
})

test('config change notices of both versions', () => {
  const notice = { type: 'topics', name: 'foo' } as const
  assert.equal(encodeConfigChange(notice).toString(), '{"version":2,"entity_path":"topics/foo"}')
  assert.deepEqual(decodeConfigChange(encodeConfigChange(notice)), notice)
  const v1 = '{"version":1,"entity_type":"users","entity_name":"a%20b"}'
  assert.deepEqual(decodeConfigChange(Buffer.from(v1)), { type: 'users', name: 'a%20b' })
  const client = '{"version":2,"entity_path":"users/u/clients/c"}'
  assert.deepEqual(decodeConfigChange(Buffer.from(client)), { type: 'users', name: 'u/clients/c' })
  for (const bad of [
    '{"version":3}',
    '{"version":2,"entity_path":"moons/x"}',
    '{"version":2,"entity_path":"topics"}',
  ]) {
    assert.throws(() => decodeConfigChange(Buffer.from(bad)), { code: 'ZNODE_FORMAT' })
  }
})

test('controller, epoch, cluster id, producer ids, features and notices', () => {
  assert.equal(
    encodeController(2, 1_700_000_000_000).toString(),
    '{"version":2,"brokerid":2,"timestamp":"1700000000000","kraftControllerEpoch":-1}',
  )
  assert.equal(decodeController(Buffer.from('{"version":1,"brokerid":7,"timestamp":"1"}')), 7)
  assert.equal(encodeControllerEpoch(12).toString(), '12')
  assert.equal(decodeControllerEpoch(Buffer.from('12')), 12)
  assert.throws(() => decodeControllerEpoch(Buffer.from('x')), { code: 'ZNODE_FORMAT' })
  assert.equal(encodeClusterId('y70hPMsqRK2f5yjER8DbDA').toString(), '{"version":"1","id":"y70hPMsqRK2f5yjER8DbDA"}')
  assert.equal(decodeClusterId(encodeClusterId('y70hPMsqRK2f5yjER8DbDA')), 'y70hPMsqRK2f5yjER8DbDA')
  const block = { brokerId: 3, firstProducerId: 1000, lastProducerId: 1999 }
  assert.equal(
    encodeProducerIdBlock(block).toString(),
    '{"version":1,"broker":3,"block_start":"1000","block_end":"1999"}',
  )
  assert.deepEqual(decodeProducerIdBlock(encodeProducerIdBlock(block)), block)
  assert.equal(
    encodeFeatureZnode({ enabled: true, features: new Map() }).toString(),
    '{"features":{},"version":2,"status":1}',
  )
  assert.deepEqual(
    decodeFeatureZnode(Buffer.from('{"features":{"f":{"max_version_level":3}},"version":2,"status":0}')),
    { enabled: false, features: new Map([['f', 3]]) },
  )
  assert.equal(
    encodeIsrChange([{ topic: 't', partition: 0 }]).toString(),
    '{"version":1,"partitions":[{"topic":"t","partition":0}]}',
  )
  assert.deepEqual(decodeIsrChange(encodeIsrChange([{ topic: 't', partition: 4 }])), [{ topic: 't', partition: 4 }])
  assert.deepEqual(
    decodePreferredReplicaElection(Buffer.from('{"version":1,"partitions":[{"topic":"t","partition":4}]}')),
    [{ topic: 't', partition: 4 }],
  )
  assert.deepEqual(
    decodeReassignPartitions(
      Buffer.from('{"version":1,"partitions":[{"topic":"t","partition":4,"replicas":[1,0],"log_dirs":["any","any"]}]}'),
    ),
    [{ topic: 't', partition: 4, replicas: [1, 0] }],
  )
  for (const decode of [decodePreferredReplicaElection, decodeReassignPartitions]) {
    assert.throws(() => decode(Buffer.from('{"version":1,"partitions":[{"topic":1}]}')), { code: 'ZNODE_FORMAT' })
  }
  assert.equal(encodeLogDirEvent(4).toString(), '{"version":1,"broker":4,"event":1}')
  assert.equal(decodeLogDirEvent(encodeLogDirEvent(4)), 4)
})
