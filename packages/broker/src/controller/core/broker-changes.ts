import type { RegisteredBroker } from '../../metadata/znodes/broker-znodes.js'

export interface BrokerChanges {
  readonly added: readonly RegisteredBroker[]
  /** Same id, higher epoch: died and came back between two looks. */
  readonly bounced: readonly RegisteredBroker[]
  readonly deadIds: readonly number[]
}

/** What changed between the brokers that the controller knows and those that are registered now. */
export function brokerChanges(
  known: ReadonlyMap<number, RegisteredBroker>,
  registered: readonly RegisteredBroker[],
): BrokerChanges {
  const registeredIds = new Set(registered.map((broker) => broker.registration.id))
  const epochOf = (broker: RegisteredBroker) => known.get(broker.registration.id)?.epoch
  return {
    added: registered.filter((broker) => epochOf(broker) === undefined),
    bounced: registered.filter((broker) => broker.epoch > (epochOf(broker) ?? Number.POSITIVE_INFINITY)),
    deadIds: [...known.keys()].filter((brokerId) => !registeredIds.has(brokerId)),
  }
}
