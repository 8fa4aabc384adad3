import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const describeUserScramCredentialsRequest = struct({
  users: array(struct({ name: string() }), { nullable: true, about: 'Null or empty: all.' }),
})

export const describeUserScramCredentialsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  results: array(
    struct({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      credentialInfos: array(
        struct({ mechanism: int8({ about: '1: SCRAM-SHA-256; 2: SCRAM-SHA-512.' }), iterations: int32() }),
      ),
    }),
  ),
})

export interface DescribeUserScramCredentialsRequest extends Infer<typeof describeUserScramCredentialsRequest> {}
export interface DescribeUserScramCredentialsResponse extends Infer<typeof describeUserScramCredentialsResponse> {}

/** DescribeUserScramCredentials: which SCRAM credentials users have (KIP-554). */
export const describeUserScramCredentials = api({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: describeUserScramCredentialsRequest,
  response: describeUserScramCredentialsResponse,
})
