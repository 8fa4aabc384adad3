import { type AdminConfig, type KafkaAdminClient, KafkaError } from '@millrace/client'

/** One line of the diagnosis. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  readonly check: 'connect' | 'listeners' | 'versions' | 'partitions' | 'disk' | 'clock'
  readonly text: string
}

/** Whom the checks look at. */
export interface Patient {
  readonly admin: KafkaAdminClient
  readonly settingsFor: (address: string) => AdminConfig
  readonly timeoutMs: number
  readonly report: (finding: Finding) => void
}

/** What a check cannot do for lack of rights, or of an API, is said and no problem. */
export async function attempt(
  { report }: Patient,
  check: Finding['check'],
  what: string,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    report({ level: 'warning', check, text: `${what} could not be looked at: ${error.message}` })
  }
}
