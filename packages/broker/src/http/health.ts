/** Whether this broker is alive and ready, as probes want to know it. */

/** One thing that must be right. */
export interface HealthCheck {
  readonly name: string
  /** What is wrong, in a sentence; undefined if nothing is. A rejection is wrong too. */
  readonly check: () => string | undefined | Promise<string | undefined>
}

export interface HealthReport {
  readonly status: 'ok' | 'unavailable'
  /** By the name of the check: `ok`, or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

/** How long one check may take: a disk that hangs must not hang the probe. */
const checkTimeoutMs = 2000

export async function report(checks: readonly HealthCheck[]): Promise<HealthReport> {
  const results = await Promise.all(checks.map(async (check) => [check.name, (await outcome(check)) ?? 'ok'] as const))
  const isRight = results.every(([, result]) => result === 'ok')
  return { status: isRight ? 'ok' : 'unavailable', checks: Object.fromEntries(results) }
}

async function outcome({ check }: HealthCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${checkTimeoutMs} ms`), checkTimeoutMs).unref()
  })
  try {
    return await Promise.race([check(), timeout])
  } catch (error) {
    return String(error)
  } finally {
    clearTimeout(timer)
  }
}
