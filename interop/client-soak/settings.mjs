// What all processes of this suite have in common.
export const topic = 'soak'
export const partitionCount = 6
/** What the group with the member that is killed reads as well, in a process of its own. */
export const killedGroup = 'killed'
export const requestTimeoutMs = 4000
export const sessionTimeoutMs = 6000

/** For clients whose broker is often away, and whose tests cannot wait for half a minute. */
export const impatient = { 'request.timeout.ms': requestTimeoutMs, 'default.api.timeout.ms': 120_000 }

export const consumerSettings = {
  ...impatient,
  'session.timeout.ms': sessionTimeoutMs,
  'heartbeat.interval.ms': 1000,
  'auto.commit.interval.ms': 1000,
  'auto.offset.reset': 'earliest',
  'metadata.max.age.ms': 10_000,
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
