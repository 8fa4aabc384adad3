import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const alterConfigsRequest = struct({
  resources: array(
    struct({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array(struct({ name: string({ mapKey: true }), value: string({ nullable: true }) })),
    }),
  ),
  validateOnly: bool(),
})

export const alterConfigsResponse = struct({
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

export interface AlterConfigsRequest extends Infer<typeof alterConfigsRequest> {}
export interface AlterConfigsResponse extends Infer<typeof alterConfigsResponse> {}

/** AlterConfigs: replaces the whole dynamic configuration of a resource; IncrementalAlterConfigs took its place. */
export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: alterConfigsRequest,
  response: alterConfigsResponse,
})
