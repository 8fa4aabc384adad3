import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const describeLogDirsRequest = struct({
  topics: array(struct({ topic: string({ mapKey: true }), partitions: array(int32()) }), {
    nullable: true,
    about: 'Null: all topics.',
  }),
})

export const describeLogDirsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ versions: '3+', ignorable: true }),
  results: array(
    struct({
      errorCode: int16(),
      logDir: string({ about: 'Absolute path.' }),
      topics: array(
        struct({
          name: string(),
          partitions: array(
            struct({
              partitionIndex: int32(),
              partitionSize: int64({ about: 'Bytes of all segments.' }),
              offsetLag: int64({
                about: 'How far the log end is behind the high watermark or, of a future log, behind the present one.',
              }),
              isFutureKey: bool({ about: 'The log is being moved here.' }),
            }),
          ),
        }),
      ),
      totalBytes: int64({ versions: '4+', default: -1, ignorable: true }),
      usableBytes: int64({ versions: '4+', default: -1, ignorable: true }),
      isCordoned: bool({ versions: '5+', default: false, ignorable: true }),
    }),
  ),
})

export interface DescribeLogDirsRequest extends Infer<typeof describeLogDirsRequest> {}
export interface DescribeLogDirsResponse extends Infer<typeof describeLogDirsResponse> {}

/** DescribeLogDirs: the log directories of a broker and how large the partitions in them are. */
export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
  flexible: '2+',
  notes: {
    2: 'flexible',
    3: 'error of the whole request',
    4: 'size of the volume (KIP-827)',
    5: 'cordoned directories (KIP-1066)',
  },
  request: describeLogDirsRequest,
  response: describeLogDirsResponse,
})
