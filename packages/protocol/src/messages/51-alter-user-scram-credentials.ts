import { api } from '../schema/api.js'
import { array, bytes, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const alterUserScramCredentialsRequest = struct({
  deletions: array(struct({ name: string(), mechanism: int8({ about: '1: SCRAM-SHA-256; 2: SCRAM-SHA-512.' }) })),
  upsertions: array(
    struct({
      name: string(),
      mechanism: int8({ about: '1: SCRAM-SHA-256; 2: SCRAM-SHA-512.' }),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes({
        about: 'What SCRAM derives from password, salt and iterations: the broker never sees the password.',
      }),
    }),
  ),
})

export const alterUserScramCredentialsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(struct({ user: string(), errorCode: int16(), errorMessage: string({ nullable: true }) })),
})

export interface AlterUserScramCredentialsRequest extends Infer<typeof alterUserScramCredentialsRequest> {}
export interface AlterUserScramCredentialsResponse extends Infer<typeof alterUserScramCredentialsResponse> {}

/** AlterUserScramCredentials: sets and removes SCRAM credentials of users (KIP-554). */
export const alterUserScramCredentials = api({
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: alterUserScramCredentialsRequest,
  response: alterUserScramCredentialsResponse,
})
