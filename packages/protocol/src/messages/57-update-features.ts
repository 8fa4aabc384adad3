import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const updateFeaturesRequest = struct({
  timeoutMs: int32({ default: 60000 }),
  featureUpdates: array(
    struct({
      feature: string({ mapKey: true }),
      maxVersionLevel: int16({ about: 'Below 1: remove the feature.' }),
      allowDowngrade: bool({ versions: '0' }),
      upgradeType: int8({
        versions: '1+',
        default: 1,
        about: '1: upgrade; 2: downgrade without loss; 3: downgrade that may lose metadata.',
      }),
    }),
  ),
  validateOnly: bool({ versions: '1+', default: false }),
})

export const updateFeaturesResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  results: array(
    struct({ feature: string({ mapKey: true }), errorCode: int16(), errorMessage: string({ nullable: true }) }),
    { versions: '0-1', ignorable: true },
  ),
})

export interface UpdateFeaturesRequest extends Infer<typeof updateFeaturesRequest> {}
export interface UpdateFeaturesResponse extends Infer<typeof updateFeaturesResponse> {}

/** UpdateFeatures: raises, lowers and removes the finalized levels of features (KIP-584). */
export const updateFeatures = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  notes: {
    1: 'kind of change; may only be checked (KIP-778)',
    2: 'one result for all (KIP-1022)',
  },
  request: updateFeaturesRequest,
  response: updateFeaturesResponse,
})
