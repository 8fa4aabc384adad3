import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const describeConfigsRequest = struct({
  resources: array(
    struct({
      resourceType: int8({ about: '2: topic; 4: broker; 8: broker logger; 16: client metrics; 32: group.' }),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: true, about: 'Null: all.' }),
    }),
  ),
  includeSynonyms: bool({ default: false }),
  includeDocumentation: bool({ versions: '3+', default: false }),
})

export const describeConfigsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      resourceType: int8(),
      resourceName: string(),
      configs: array(
        struct({
          name: string(),
          value: string({ nullable: true, about: 'Null if sensitive.' }),
          readOnly: bool(),
          configSource: int8({ default: -1, ignorable: true }),
          isSensitive: bool(),
          synonyms: array(struct({ name: string(), value: string({ nullable: true }), source: int8() }), {
            ignorable: true,
          }),
          configType: int8({ versions: '3+', default: 0, ignorable: true }),
          documentation: string({ versions: '3+', nullable: true, ignorable: true }),
        }),
      ),
    }),
  ),
})

export interface DescribeConfigsRequest extends Infer<typeof describeConfigsRequest> {}
export interface DescribeConfigsResponse extends Infer<typeof describeConfigsResponse> {}

/** DescribeConfigs: the configuration of topics, brokers and groups, and where each value comes from. */
export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  notes: {
    1: 'config source and synonyms (KIP-226)',
    3: 'type and documentation (KIP-569)',
    4: 'flexible',
  },
  request: describeConfigsRequest,
  response: describeConfigsResponse,
})
