/**
 * Who leads (`kafka.controller.Election`). One table, four rows:
 *
 *     election            leader                                          ISR afterwards
 *     offline             first replica that lives and is in the ISR;     the ISR's live members;
 *                         else, if unclean is allowed, first that lives   unclean: the leader alone, recovering
 *     reassign            first target replica, live and in the ISR       unchanged
 *     preferred           the first replica, if live and in the ISR       unchanged
 *     controlledShutdown  first replica, live, in the ISR, not shutting   without those shutting down
 *                         down
 *
 * Replicas come in the order of the assignment. No leader: undefined.
 */

export type ElectionStrategy =
  | { readonly kind: 'offline'; readonly isUncleanAllowed: boolean }
  | { readonly kind: 'reassign' | 'preferred' | 'controlledShutdown' }

export interface ElectionInput {
  /** In the order of preference; for `reassign` the target's. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Live, with a working log directory; those shutting down count as live here. */
  readonly isLive: (brokerId: number) => boolean
  readonly isShuttingDown: (brokerId: number) => boolean
}

export interface Elected {
  readonly leader: number
  readonly isr: readonly number[]
  /** True if acknowledged records may be lost. */
  readonly isUnclean: boolean
}

export function electLeader(strategy: ElectionStrategy, input: ElectionInput): Elected | undefined {
  const { replicas, isr, isLive, isShuttingDown } = input
  const isOnline = (brokerId: number) => isLive(brokerId) && !isShuttingDown(brokerId)
  const inSync = (brokerId: number) => isr.includes(brokerId)
  switch (strategy.kind) {
    case 'offline': {
      const leader = replicas.find((brokerId) => isOnline(brokerId) && inSync(brokerId))
      if (leader !== undefined) return { leader, isr: isr.filter(isOnline), isUnclean: false }
      const unclean = strategy.isUncleanAllowed ? replicas.find(isOnline) : undefined
      return unclean === undefined ? undefined : { leader: unclean, isr: [unclean], isUnclean: true }
    }
    case 'reassign':
      return keepingIsr(replicas.find((brokerId) => isOnline(brokerId) && inSync(brokerId)))
    case 'preferred':
      return keepingIsr(replicas.slice(0, 1).find((brokerId) => isOnline(brokerId) && inSync(brokerId)))
    case 'controlledShutdown': {
      const leader = replicas.find((brokerId) => isOnline(brokerId) && inSync(brokerId))
      if (leader === undefined) return undefined
      return { leader, isr: isr.filter((brokerId) => !isShuttingDown(brokerId)), isUnclean: false }
    }
    default:
      return strategy satisfies never
  }

  function keepingIsr(leader: number | undefined): Elected | undefined {
    return leader === undefined ? undefined : { leader, isr, isUnclean: false }
  }
}
