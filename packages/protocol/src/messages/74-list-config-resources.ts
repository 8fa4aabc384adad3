import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const listConfigResourcesRequest = struct({
  resourceTypes: array(int8(), { versions: '1+', about: 'Empty: all.' }),
})

export const listConfigResourcesResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  configResources: array(
    struct({
      resourceName: string(),
      resourceType: int8({ versions: '1+', default: 16, ignorable: true, about: '16: client metrics.' }),
    }),
  ),
})

export interface ListConfigResourcesRequest extends Infer<typeof listConfigResourcesRequest> {}
export interface ListConfigResourcesResponse extends Infer<typeof listConfigResourcesResponse> {}

/** ListConfigResources: the resources that have a configuration. Until Kafka 4.0 ListClientMetricsResources. */
export const listConfigResources = api({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  notes: {
    0: 'client metrics only (KIP-1000)',
    1: 'any type of resource (KIP-1142)',
  },
  request: listConfigResourcesRequest,
  response: listConfigResourcesResponse,
})
