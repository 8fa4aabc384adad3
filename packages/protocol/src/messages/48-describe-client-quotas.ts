import { api } from '../schema/api.js'
import { array, bool, float64, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const describeClientQuotasRequest = struct({
  components: array(
    struct({
      entityType: string({ about: 'user, client-id or ip.' }),
      matchType: int8({ about: '0: exactly `match`; 1: the default entity; 2: any with a name.' }),
      match: string({ nullable: true, about: 'For match type 0 only.' }),
    }),
  ),
  strict: bool({ about: 'Only entities without any other component.' }),
})

export const describeClientQuotasResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  entries: array(
    struct({
      entity: array(
        struct({ entityType: string(), entityName: string({ nullable: true, about: 'Null: the default entity.' }) }),
      ),
      values: array(struct({ key: string(), value: float64() })),
    }),
    { nullable: true, about: 'Null with an error.' },
  ),
})

export interface DescribeClientQuotasRequest extends Infer<typeof describeClientQuotasRequest> {}
export interface DescribeClientQuotasResponse extends Infer<typeof describeClientQuotasResponse> {}

/** DescribeClientQuotas: the quotas of users, clients and addresses that match a filter (KIP-546). */
export const describeClientQuotas = api({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: '0-1',
  flexible: '1+',
  notes: {
    1: 'flexible',
  },
  request: describeClientQuotasRequest,
  response: describeClientQuotasResponse,
})
