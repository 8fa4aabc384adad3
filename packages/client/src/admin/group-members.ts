/** Takes members out of a group. */
import { apis } from '@millrace/protocol'
import { errorOf } from '../errors.js'
import type { CallOptions } from '../ports.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { describeConsumerGroups } from './groups.js'
import { coordinator, coordinatorMoves } from './locators.js'
import { isUnsupported, nothing, outcome, unsupported } from './refusals.js'

/** A member to take out: a static one by its instance id, any by its member id. */
export type MemberToRemove = { readonly groupInstanceId: string } | { readonly memberId: string }

export interface RemoveMembersOptions extends CallOptions {
  /** Default: all members of the group. */
  readonly members?: readonly MemberToRemove[]
  /** For the broker's log (KIP-800). */
  readonly reason?: string
}

const REASON_MAX = 255
const DEFAULT_REASON = 'member was removed by an admin'

/** Keys are instance ids, or member ids of members without one. */
export function removeMembersFromConsumerGroup(
  driver: AdminDriver,
  groupId: string,
  options: RemoveMembersOptions,
): AdminResult<string, void> {
  const { members, ...callOptions } = options
  const reason = (options.reason ?? DEFAULT_REASON).slice(0, REASON_MAX)
  const timeLeft = driver.sharedTime(callOptions)
  const run = async () => {
    const removed = members ?? (await membersOf(driver, groupId, callOptions))
    const byKey = new Map(removed.map((member) => [memberKey(member), member]))
    return await driver.run<string, void>(
      {
        what: 'removeMembersFromConsumerGroup',
        keys: byKey.keys(),
        locator: coordinator('group', () => groupId),
        passes: coordinatorMoves,
        ask: async (call, target, keys) => {
          const asked = keys.flatMap((key) => byKey.get(key) ?? [])
          return await removeMembers(call, target, groupId, asked, reason)
        },
      },
      timeLeft(),
    )
  }
  return driver.result('removeMembersFromConsumerGroup', run())
}

const memberKey = (member: MemberToRemove) => ('groupInstanceId' in member ? member.groupInstanceId : member.memberId)

async function membersOf(driver: AdminDriver, groupId: string, options: CallOptions): Promise<MemberToRemove[]> {
  const groups = await describeConsumerGroups(driver, [groupId], options)
  const members = groups.get(groupId)?.members ?? []
  return members.map(({ memberId, groupInstanceId }) =>
    groupInstanceId === undefined ? { memberId } : { groupInstanceId },
  )
}

async function removeMembers(
  call: Call,
  target: Answerer,
  groupId: string,
  members: readonly MemberToRemove[],
  reason: string,
): Promise<[string, Answer<void>][]> {
  try {
    const leaving = members.map((member) => ({ memberId: '', ...member, reason }))
    const response = await call.ask(target, apis.LeaveGroup, { groupId, members: leaving }, { min: 3 })
    const error = errorOf(response.errorCode)
    if (error !== undefined) return members.map((member) => [memberKey(member), { error }])
    return response.members.map((member) => [member.groupInstanceId ?? member.memberId, outcome(member, nothing)])
  } catch (error) {
    if (!isUnsupported(error)) throw error
  }
  const answers: [string, Answer<void>][] = []
  for (const member of members) {
    if ('groupInstanceId' in member) {
      const error = unsupported('this broker, older than Kafka 2.4, removes members by member id only')
      answers.push([member.groupInstanceId, { error }])
    } else {
      const { memberId } = member
      const response = await call.ask(target, apis.LeaveGroup, { groupId, memberId }, { max: 2 })
      answers.push([memberId, outcome(response, nothing)])
    }
  }
  return answers
}
