/** Delegation tokens (KIP-48): with one, others act for a principal. Brokers take such calls over TLS or SASL only. */
import { apis } from '@millrace/protocol'
import type { CallOptions } from '../ports.js'
import type { AdminDriver } from './driver.js'
import { outcome, unsupported } from './refusals.js'

/** Such as `{ principalType: 'User', name: 'alice' }`. */
export interface KafkaPrincipal {
  readonly principalType: string
  readonly name: string
}

export interface TokenInformation {
  readonly tokenId: string
  readonly owner: KafkaPrincipal
  /** Who asked for it; undefined before Kafka 3.3. */
  readonly tokenRequester: KafkaPrincipal | undefined
  readonly renewers: readonly KafkaPrincipal[]
  /** All three: milliseconds since 1970. */
  readonly issueTimestamp: number
  readonly expiryTimestamp: number
  /** It can be renewed up to here. */
  readonly maxTimestamp: number
}

export interface DelegationToken {
  readonly tokenInfo: TokenInformation
  /** The secret; in base64 it is the password for SCRAM. */
  readonly hmac: Buffer
}

export interface CreateDelegationTokenOptions extends CallOptions {
  /** Who may renew it besides its owner. Default: nobody. */
  readonly renewers?: readonly KafkaPrincipal[]
  /** For whom. Default: who asks. From Kafka 3.3 on; before, UNSUPPORTED_VERSION. */
  readonly owner?: KafkaPrincipal
  /** Default: `delegation.token.max.lifetime.ms` of the brokers. */
  readonly maxLifetimeMs?: number
}

export interface RenewDelegationTokenOptions extends CallOptions {
  /** From now on. Default: `delegation.token.expiry.time.ms` of the brokers. */
  readonly renewTimePeriodMs?: number
}

export interface ExpireDelegationTokenOptions extends CallOptions {
  /** From now on; negative, the default: at once. */
  readonly expiryTimePeriodMs?: number
}

export interface DescribeDelegationTokenOptions extends CallOptions {
  /** Default: all. */
  readonly owners?: readonly KafkaPrincipal[]
}

const wirePrincipal = ({ principalType, name }: KafkaPrincipal) => ({ principalType, principalName: name })
const principal = (principalType: string, name: string): KafkaPrincipal => ({ principalType, name })
const told = (principalType: string, name: string) => (principalType === '' ? undefined : { principalType, name })

export async function createDelegationToken(
  driver: AdminDriver,
  options: CreateDelegationTokenOptions,
): Promise<DelegationToken> {
  const { renewers = [], owner, maxLifetimeMs = -1 } = options
  return await driver.one('createDelegationToken', options, 'any', async (call) => {
    const response = await call.ask('any', apis.CreateDelegationToken, (version) => {
      if (owner !== undefined && version < 3) throw unsupported('this broker makes tokens only for those who ask')
      return {
        ...(version < 3 ? {} : { ownerPrincipalType: owner?.principalType ?? null }),
        ...(version < 3 ? {} : { ownerPrincipalName: owner?.name ?? null }),
        renewers: renewers.map(wirePrincipal),
        maxLifetimeMs,
      }
    })
    return outcome(response, () => ({
      tokenInfo: {
        tokenId: response.tokenId,
        owner: principal(response.principalType, response.principalName),
        tokenRequester: told(response.tokenRequesterPrincipalType, response.tokenRequesterPrincipalName),
        renewers,
        issueTimestamp: response.issueTimestampMs,
        expiryTimestamp: response.expiryTimestampMs,
        maxTimestamp: response.maxTimestampMs,
      },
      hmac: Buffer.from(response.hmac),
    }))
  })
}

/** Resolves to when it expires now. */
export async function renewDelegationToken(
  driver: AdminDriver,
  hmac: Uint8Array,
  options: RenewDelegationTokenOptions,
): Promise<number> {
  const { renewTimePeriodMs = -1 } = options
  return await driver.one('renewDelegationToken', options, 'any', async (call) => {
    const body = { hmac: Buffer.from(hmac), renewPeriodMs: renewTimePeriodMs }
    const response = await call.ask('any', apis.RenewDelegationToken, body)
    return outcome(response, () => response.expiryTimestampMs)
  })
}

/** Resolves to when it expires now. */
export async function expireDelegationToken(
  driver: AdminDriver,
  hmac: Uint8Array,
  options: ExpireDelegationTokenOptions,
): Promise<number> {
  const { expiryTimePeriodMs = -1 } = options
  return await driver.one('expireDelegationToken', options, 'any', async (call) => {
    const body = { hmac: Buffer.from(hmac), expiryTimePeriodMs: expiryTimePeriodMs }
    const response = await call.ask('any', apis.ExpireDelegationToken, body)
    return outcome(response, () => response.expiryTimestampMs)
  })
}

export async function describeDelegationToken(
  driver: AdminDriver,
  options: DescribeDelegationTokenOptions,
): Promise<readonly DelegationToken[]> {
  return await driver.one('describeDelegationToken', options, 'any', async (call) => {
    const owners = options.owners?.map(wirePrincipal) ?? null
    const response = await call.ask('any', apis.DescribeDelegationToken, { owners })
    return outcome(response, () =>
      response.tokens.map((token) => ({
        tokenInfo: {
          tokenId: token.tokenId,
          owner: principal(token.principalType, token.principalName),
          tokenRequester: told(token.tokenRequesterPrincipalType, token.tokenRequesterPrincipalName),
          renewers: token.renewers.map(({ principalType, principalName }) => principal(principalType, principalName)),
          issueTimestamp: token.issueTimestamp,
          expiryTimestamp: token.expiryTimestamp,
          maxTimestamp: token.maxTimestamp,
        },
        hmac: Buffer.from(token.hmac),
      })),
    )
  })
}
