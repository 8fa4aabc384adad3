import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct, uuid } from '../schema/fields.js'

export const getTelemetrySubscriptionsRequest = struct({ clientInstanceId: uuid({ about: 'Zero the first time.' }) })

export const getTelemetrySubscriptionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  clientInstanceId: uuid({ about: 'The new id if the client had none.' }),
  subscriptionId: int32(),
  acceptedCompressionTypes: array(int8(), { about: 'As in record batches; the best first.' }),
  pushIntervalMs: int32(),
  telemetryMaxBytes: int32(),
  deltaTemporality: bool({ about: 'Counters since the last push, instead of since the start.' }),
  requestedMetrics: array(string(), { about: 'Prefixes of names; empty: none; one empty string: all.' }),
})

export interface GetTelemetrySubscriptionsRequest extends Infer<typeof getTelemetrySubscriptionsRequest> {}
export interface GetTelemetrySubscriptionsResponse extends Infer<typeof getTelemetrySubscriptionsResponse> {}

/** GetTelemetrySubscriptions: which metrics the broker wants of this client (KIP-714). */
export const getTelemetrySubscriptions = api({
  key: 71,
  name: 'GetTelemetrySubscriptions',
  versions: '0',
  flexible: '0+',
  request: getTelemetrySubscriptionsRequest,
  response: getTelemetrySubscriptionsResponse,
})
