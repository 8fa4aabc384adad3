import { api } from '../schema/api.js'
import { bool, bytes, type Infer, int8, int16, int32, struct, uuid } from '../schema/fields.js'

export const pushTelemetryRequest = struct({
  clientInstanceId: uuid(),
  subscriptionId: int32(),
  terminating: bool({ about: 'The client is closing: this is the last one.' }),
  compressionType: int8({ about: 'As in record batches.' }),
  metrics: bytes({ about: 'MetricsData of OpenTelemetry, as protobuf.' }),
})

export const pushTelemetryResponse = struct({ throttleTimeMs: int32({ default: 0 }), errorCode: int16() })

export interface PushTelemetryRequest extends Infer<typeof pushTelemetryRequest> {}
export interface PushTelemetryResponse extends Infer<typeof pushTelemetryResponse> {}

/** PushTelemetry: metrics of this client (KIP-714). */
export const pushTelemetry = api({
  key: 72,
  name: 'PushTelemetry',
  versions: '0',
  flexible: '0+',
  request: pushTelemetryRequest,
  response: pushTelemetryResponse,
})
