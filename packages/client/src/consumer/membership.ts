/** As whom a member is in its group: the coordinator's id for it, and the generation that it has joined. */
import type { SubscriptionState } from './core/subscription-state.js'
import type { Identity } from './group-protocol.js'

const NO_GENERATION = -1

export class Membership implements Identity {
  readonly #subscriptions: SubscriptionState
  #memberId = ''
  #generationId = NO_GENERATION
  #isLost = false

  constructor(subscriptions: SubscriptionState) {
    this.#subscriptions = subscriptions
  }

  /** Empty: the coordinator has given none. */
  get memberId(): string {
    return this.#memberId
  }

  /** −1: none. */
  get generationId(): number {
    return this.#generationId
  }

  get hasGeneration(): boolean {
    return this.#generationId !== NO_GENERATION
  }

  /** It has ended while partitions were owned: they may have other owners, and the listener does not know yet. */
  get isLost(): boolean {
    return this.#isLost
  }

  is({ memberId, generationId }: Identity): boolean {
    return memberId === this.#memberId && generationId === this.#generationId
  }

  /** The coordinator names the member. */
  name(memberId: string): void {
    this.#memberId = memberId
  }

  /** The generation begins for this member. */
  join(generationId: number): void {
    this.#generationId = generationId
  }

  /** The coordinator knows the generation no more, and with `isIdGone` not even the member. */
  end(isIdGone: boolean): void {
    this.#generationId = NO_GENERATION
    if (isIdGone) this.#memberId = ''
    if (this.#subscriptions.partitionCount > 0) this.#isLost = true
  }

  /** What was owned is being given up. */
  giveUpLost(): void {
    this.#isLost = false
  }

  /** The group was left. */
  forget(): void {
    this.#memberId = ''
    this.#generationId = NO_GENERATION
    this.#isLost = false
  }
}
