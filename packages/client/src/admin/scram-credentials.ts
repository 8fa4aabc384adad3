/** SCRAM credentials of users (KIP-554): describe, set, remove. */
import { promisify } from 'node:util'
import { apis, ErrorCode } from '@millrace/protocol'
import { errorOf } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { AdminResult, type Outcome } from './admin-result.js'
import { type ScramMechanism, scramMechanisms } from './code-names.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { nothing, outcome } from './refusals.js'

export interface ScramCredentialInfo {
  readonly mechanism: ScramMechanism
  readonly iterations: number
}

/**
 * The credentials of users, by name; all users that have any, if none are named. A user without is RESOURCE_NOT_FOUND.
 */
export function describeUserScramCredentials(
  driver: AdminDriver,
  users: readonly string[],
  options: CallOptions,
): AdminResult<string, readonly ScramCredentialInfo[]> {
  const what = 'describeUserScramCredentials'
  const run = driver.one(what, options, 'any', async (call) => {
    const names = users.length === 0 ? null : [...new Set(users)].map((name) => ({ name }))
    const response = await call.ask('any', apis.DescribeUserScramCredentials, { users: names })
    const error = errorOf(response.errorCode, response.errorMessage)
    if (error !== undefined) return { error }
    const outcomes = new Map<string, Outcome<readonly ScramCredentialInfo[]>>()
    for (const result of response.results) {
      // Whoever asks about all hears of those only that have some.
      if (users.length === 0 && result.errorCode === ErrorCode.RESOURCE_NOT_FOUND) continue
      outcomes.set(
        result.user,
        outcome(result, () =>
          result.credentialInfos.map(({ mechanism, iterations }) => ({
            mechanism: scramMechanisms.name(mechanism),
            iterations,
          })),
        ),
      )
    }
    return { value: outcomes }
  })
  return new AdminResult(what, run)
}

/** Sets a user's credential of one mechanism. */
export interface UserScramCredentialUpsertion {
  readonly user: string
  readonly mechanism: ScramMechanism
  readonly password: string
  /** Default 4096, the least that brokers take. */
  readonly iterations?: number
  /** Default: random. */
  readonly salt?: Uint8Array
}

/** Removes a user's credential of one mechanism. */
export interface UserScramCredentialDeletion {
  readonly user: string
  readonly mechanism: ScramMechanism
}

export type UserScramCredentialAlteration = UserScramCredentialUpsertion | UserScramCredentialDeletion

const ITERATIONS = 4096
const SALT_BYTES = 20
const HASHES: Partial<Record<ScramMechanism, { readonly name: string; readonly bytes: number }>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
}

/** One outcome for all that is to happen to a user. The password itself is not sent. */
export function alterUserScramCredentials(
  driver: AdminDriver,
  alterations: readonly UserScramCredentialAlteration[],
  options: CallOptions,
): AdminResult<string, void> {
  const what = 'alterUserScramCredentials'
  const run = async () => {
    const upsertions = await Promise.all(
      alterations.flatMap((alteration) => ('password' in alteration ? upsertion(alteration) : [])),
    )
    const deletions = alterations
      .filter((alteration) => !('password' in alteration))
      .map(({ user, mechanism }) => ({ name: user, mechanism: scramMechanisms.code(mechanism) }))
    return await driver.run<string, void>(
      {
        what,
        keys: alterations.map(({ user }) => user),
        locator: fixed('controller'),
        passes: ({ code }) => code === 'NOT_CONTROLLER',
        ask: async (call: Call, target: Answerer, users: readonly string[]) => {
          const { results } = await call.ask(target, apis.AlterUserScramCredentials, {
            deletions: deletions.filter(({ name }) => users.includes(name)),
            upsertions: upsertions.filter(({ name }) => users.includes(name)),
          })
          return results.map((result) => [result.user, outcome(result, nothing)] as const)
        },
      },
      options,
    )
  }
  return new AdminResult(what, run())
}

async function upsertion({ user, mechanism, password, iterations = ITERATIONS, salt }: UserScramCredentialUpsertion) {
  // Loaded here: most programs make no users.
  const { pbkdf2, randomBytes } = process.getBuiltinModule('node:crypto')
  const code = scramMechanisms.code(mechanism)
  const hash = HASHES[mechanism] ?? { name: 'sha512', bytes: 64 }
  const saltBytes = Buffer.from(salt ?? randomBytes(SALT_BYTES))
  const saltedPassword = await promisify(pbkdf2)(password, saltBytes, iterations, hash.bytes, hash.name)
  return { name: user, mechanism: code, iterations, salt: saltBytes, saltedPassword }
}
