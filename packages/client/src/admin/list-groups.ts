/** Groups of all kinds: every broker is asked for those that it coordinates. */
import { apis } from '@millrace/protocol'
import type { CallOptions } from '../ports.js'
import { askAllBrokers } from './all-brokers.js'
import type { AdminDriver } from './driver.js'
import { type GroupState, type GroupType, groupState, groupTypeOf } from './group-types.js'
import { outcome } from './refusals.js'

export interface GroupListing {
  readonly groupId: string
  readonly type: GroupType
  /** `consumer`, `connect`, `share` …; empty for a group that only has offsets. */
  readonly protocolType: string
  /** Undefined before Kafka 2.6. */
  readonly state: GroupState | undefined
}

export interface ListGroupsOptions extends CallOptions {
  /** Default: all. From Kafka 2.6 on; before, UNSUPPORTED_VERSION. */
  readonly states?: readonly GroupState[]
  /** Default: all. */
  readonly types?: readonly GroupType[]
  /** Default: all. */
  readonly protocolTypes?: readonly string[]
}

export interface ListConsumerGroupsOptions extends Omit<ListGroupsOptions, 'protocolTypes'> {}

/** Errors: KafkaAggregateError by broker, if one of them could not tell. */
export async function listGroups(
  driver: AdminDriver,
  what: string,
  options: ListGroupsOptions,
): Promise<readonly GroupListing[]> {
  const { states = [], types = [], protocolTypes = [] } = options
  const byBroker = await askAllBrokers(driver, what, options, async (call, brokerId) => {
    const response = await call.ask(brokerId, apis.ListGroups, (version) => ({
      statesFilter: states,
      // Before there were types, all groups were classic ones; that filter is applied here.
      typesFilter: version < 5 ? [] : types,
    }))
    return outcome(response, () =>
      response.groups.map(({ groupId, protocolType, groupState: state, groupType }) => ({
        groupId,
        protocolType,
        state: state === '' ? undefined : groupState(state),
        type: groupTypeOf(groupType),
      })),
    )
  })
  const groups = new Map(byBroker.flat().map((group) => [group.groupId, group]))
  return [...groups.values()].filter(
    ({ type, protocolType }) =>
      (types.length === 0 || types.includes(type)) &&
      (protocolTypes.length === 0 || protocolTypes.includes(protocolType)),
  )
}
