import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const incrementalAlterConfigsRequest = struct({
  resources: array(
    struct({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array(
        struct({
          name: string({ mapKey: true }),
          configOperation: int8({ mapKey: true, about: '0: set; 1: delete; 2: append; 3: subtract.' }),
          value: string({ nullable: true }),
        }),
      ),
    }),
  ),
  validateOnly: bool(),
})

export const incrementalAlterConfigsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  responses: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      resourceType: int8(),
      resourceName: string(),
    }),
  ),
})

export interface IncrementalAlterConfigsRequest extends Infer<typeof incrementalAlterConfigsRequest> {}
export interface IncrementalAlterConfigsResponse extends Infer<typeof incrementalAlterConfigsResponse> {}

/** IncrementalAlterConfigs: changes single values of the dynamic configuration (KIP-339). */
export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
  notes: {
    1: 'flexible',
  },
  request: incrementalAlterConfigsRequest,
  response: incrementalAlterConfigsResponse,
})
