import { api } from '../schema/api.js'
import { array, bool, float64, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const alterClientQuotasRequest = struct({
  entries: array(
    struct({
      entity: array(
        struct({
          entityType: string({ about: 'user, client-id or ip.' }),
          entityName: string({ nullable: true, about: 'Null: the default entity.' }),
        }),
      ),
      ops: array(
        struct({
          key: string({ about: 'Such as producer_byte_rate.' }),
          value: float64(),
          remove: bool({ about: 'The value does not count then.' }),
        }),
      ),
    }),
  ),
  validateOnly: bool(),
})

export const alterClientQuotasResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  entries: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      entity: array(struct({ entityType: string(), entityName: string({ nullable: true }) })),
    }),
  ),
})

export interface AlterClientQuotasRequest extends Infer<typeof alterClientQuotasRequest> {}
export interface AlterClientQuotasResponse extends Infer<typeof alterClientQuotasResponse> {}

/** AlterClientQuotas: sets and removes quotas of users, clients and addresses (KIP-546). */
export const alterClientQuotas = api({
  key: 49,
  name: 'AlterClientQuotas',
  versions: '0-1',
  flexible: '1+',
  notes: {
    1: 'flexible',
  },
  request: alterClientQuotasRequest,
  response: alterClientQuotasResponse,
})
