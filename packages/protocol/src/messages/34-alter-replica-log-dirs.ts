import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const alterReplicaLogDirsRequest = struct({
  dirs: array(
    struct({
      path: string({ mapKey: true, about: 'Absolute path.' }),
      topics: array(struct({ name: string({ mapKey: true }), partitions: array(int32()) })),
    }),
  ),
})

export const alterReplicaLogDirsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(
    struct({ topicName: string(), partitions: array(struct({ partitionIndex: int32(), errorCode: int16() })) }),
  ),
})

export interface AlterReplicaLogDirsRequest extends Infer<typeof alterReplicaLogDirsRequest> {}
export interface AlterReplicaLogDirsResponse extends Infer<typeof alterReplicaLogDirsResponse> {}

/** AlterReplicaLogDirs: moves replicas of a broker to other ones of its log directories (KIP-113). */
export const alterReplicaLogDirs = api({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: '0-2',
  advertised: '1-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: alterReplicaLogDirsRequest,
  response: alterReplicaLogDirsResponse,
})
