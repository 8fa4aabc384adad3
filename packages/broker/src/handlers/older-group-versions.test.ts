import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode } from '@millrace/protocol'
import { joinError } from '../groups/core/classic/rebalance.js'
import type { LeaveGroupInput } from '../groups/core/group-messages.js'
import type { ApiHandler, RequestContext } from '../network/dispatcher.js'
import { joinGroupHandler } from './11-join-group.js'
import { leaveGroupHandler } from './13-leave-group.js'
import type { BrokerServices } from './services.js'

async function ask({ handle }: ApiHandler, apiVersion: number, request: object): Promise<unknown> {
  const context = { apiVersion, clientId: 'app', connection: { remoteAddress: '10.0.0.1' } }
  return await handle(request as never, context as RequestContext)
}

function services(groups: object): BrokerServices {
  return { groups } as unknown as BrokerServices
}

test('JoinGroup: below version 7 the protocol name of an error is empty and not null', async () => {
  const handler = joinGroupHandler(services({ joinGroup: () => joinError(ErrorCode.MEMBER_ID_REQUIRED, 'm') }))
  const nameIn = async (version: number) =>
    ((await ask(handler, version, {})) as { protocolName: unknown }).protocolName
  assert.deepEqual([await nameIn(6), await nameIn(7)], ['', null])
})

test('LeaveGroup: below version 3 there is one member, whose error is the answer’s', async () => {
  const asked: LeaveGroupInput[] = []
  const answers = [
    { errorCode: ErrorCode.NONE, members: [{ memberId: 'm', groupInstanceId: null, errorCode: ErrorCode.NONE }] },
    { errorCode: ErrorCode.NONE, members: [{ memberId: 'm', groupInstanceId: null, errorCode: 25 }] },
    { errorCode: ErrorCode.NOT_COORDINATOR, members: [] },
  ]
  const leaveGroup = (input: LeaveGroupInput) => answers[asked.push(input) - 1]
  const handler = leaveGroupHandler(services({ leaveGroup }))
  const errors = []
  for (const _ of answers) errors.push(await ask(handler, 2, { groupId: 'g', memberId: 'm', members: [] }))
  assert.deepEqual(errors, [{ errorCode: 0 }, { errorCode: 25 }, { errorCode: ErrorCode.NOT_COORDINATOR }])
  assert.deepEqual(asked[0], { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null }] })
})

test('LeaveGroup: from version 3 on all members are named, each with its error', async () => {
  const answer = { errorCode: ErrorCode.NONE, members: [{ memberId: 'm', groupInstanceId: 'i', errorCode: 25 }] }
  const asked: LeaveGroupInput[] = []
  const leaveGroup = (input: LeaveGroupInput) => {
    asked.push(input)
    return answer
  }
  const handler = leaveGroupHandler(services({ leaveGroup }))
  const members = [{ memberId: 'm', groupInstanceId: 'i', reason: 'done' }]
  assert.deepEqual(await ask(handler, 3, { groupId: 'g', memberId: '', members }), answer)
  assert.deepEqual(asked, [{ groupId: 'g', members }])
})
