import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const apiVersionsRequest = struct({
  clientSoftwareName: string({ versions: '3+', ignorable: true }),
  clientSoftwareVersion: string({ versions: '3+', ignorable: true }),
})

export const apiVersionsResponse = struct({
  errorCode: int16(),
  apiKeys: array(struct({ apiKey: int16({ mapKey: true }), minVersion: int16(), maxVersion: int16() })),
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  supportedFeatures: array(struct({ name: string({ mapKey: true }), minVersion: int16(), maxVersion: int16() }), {
    tag: 0,
    taggedVersions: '3+',
    ignorable: true,
    about: 'Before version 4, leave out features whose minVersion is 0.',
  }),
  finalizedFeaturesEpoch: int64({ tag: 1, taggedVersions: '3+', default: -1, ignorable: true }),
  finalizedFeatures: array(
    struct({ name: string({ mapKey: true }), maxVersionLevel: int16(), minVersionLevel: int16() }),
    { tag: 2, taggedVersions: '3+', ignorable: true },
  ),
  zkMigrationReady: bool({ tag: 3, taggedVersions: '3+', default: false, ignorable: true }),
})

export interface ApiVersionsRequest extends Infer<typeof apiVersionsRequest> {}
export interface ApiVersionsResponse extends Infer<typeof apiVersionsResponse> {}

/**
 * ApiVersions: the APIs and versions that a broker serves; the first request on every connection.
 *
 * A broker answers a version that it does not know in version 0, with UNSUPPORTED_VERSION and its own range (KIP-511).
 */
export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  notes: {
    1: 'throttle time',
    3: 'flexible, but for the response header; name of the client (KIP-511); features (KIP-584)',
    4: 'features with a minimum version of 0',
  },
  request: apiVersionsRequest,
  response: apiVersionsResponse,
})
