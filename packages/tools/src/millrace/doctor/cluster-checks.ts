/** What the brokers tell about themselves: partitions, disks, clocks. */
import { type ClusterNode, KafkaProducer, type TopicPartition } from '@millrace/client'
import { isInternalTopic } from '../../command-line/topic-filter.js'
import { attempt, type Patient } from './finding.js'

const NAMED_MAX = 5

export async function checkPartitions(patient: Patient): Promise<void> {
  const { admin, timeoutMs, report } = patient
  await attempt(patient, 'partitions', 'Partitions', async () => {
    const names = [...(await admin.listTopics({ listInternal: true, timeoutMs })).keys()]
    const topics = await admin.describeTopics(names, { timeoutMs })
    const offline: string[] = []
    const behind: string[] = []
    let count = 0
    for (const { name, partitions } of topics.values()) {
      for (const { partition, leader, isr, replicas } of partitions) {
        count++
        if (leader === undefined) offline.push(`${name}-${partition}`)
        else if (isr.length < replicas.length) behind.push(`${name}-${partition}`)
      }
    }
    if (offline.length > 0) {
      report({ level: 'problem', check: 'partitions', text: `Without a leader: ${named(offline)}` })
    }
    if (behind.length > 0) {
      report({ level: 'warning', check: 'partitions', text: `Replicas are not in sync: ${named(behind)}` })
    }
    if (offline.length + behind.length > 0) return
    report({
      level: 'ok',
      check: 'partitions',
      text: `${count} partitions of ${names.length} topics have their leader and replicas`,
    })
  })
}

/** Brokers of one version serve the same calls; while they are being upgraded they do not. */
export async function checkVersions(patient: Patient, nodes: readonly ClusterNode[]): Promise<void> {
  const { admin, timeoutMs, report } = patient
  await attempt(patient, 'versions', 'Versions', async () => {
    const brokers = await admin.describeApiVersions(
      nodes.map(({ id }) => id),
      { timeoutMs },
    )
    const kinds = new Map<string, number[]>()
    for (const [id, calls] of brokers) {
      const served = JSON.stringify(calls.map(({ key, broker }) => [key, broker]))
      kinds.set(served, [...(kinds.get(served) ?? []), id])
    }
    if (kinds.size > 1) {
      const groups = [...kinds.values()].map((ids) => ids.join(', ')).join(' | ')
      report({ level: 'warning', check: 'versions', text: `Brokers are of different versions: ${groups}` })
    } else {
      const [calls = []] = brokers.values()
      const count = calls.filter(({ broker }) => broker !== undefined).length
      report({ level: 'ok', check: 'versions', text: `All brokers serve the same ${count} calls in the same versions` })
    }
  })
}

const LITTLE_SPACE = 0.1

export async function checkDisks(patient: Patient, nodes: readonly ClusterNode[]): Promise<void> {
  const { admin, timeoutMs, report } = patient
  await attempt(patient, 'disk', 'Disks', async () => {
    const brokers = await admin.describeLogDirs(
      nodes.map(({ id }) => id),
      { timeoutMs },
    )
    for (const [id, dirs] of brokers) {
      for (const [path, { error, totalBytes, usableBytes }] of dirs) {
        const where = `Broker ${id}: ${path}`
        if (error !== undefined) {
          report({ level: 'problem', check: 'disk', text: `${where} has failed: ${error.message}` })
        } else if (totalBytes === undefined || usableBytes === undefined) {
          report({ level: 'ok', check: 'disk', text: `${where} works; this broker does not tell its free space` })
        } else {
          const isFull = usableBytes < totalBytes * LITTLE_SPACE
          const text = `${where} has ${gibibytes(usableBytes)} free of ${gibibytes(totalBytes)}`
          report({ level: isFull ? 'warning' : 'ok', check: 'disk', text })
        }
      }
    }
  })
}

const CLOCK_TOLERANCE_MS = 5000

/**
 * No API tells a broker's time. A record from the future shows that some clock is wrong; a record that a broker stamps tells its
 * own, but has to be written.
 */
export async function checkClock(
  patient: Patient,
  { writes, bootstrap }: { readonly writes: boolean; readonly bootstrap: string },
): Promise<void> {
  await attempt(patient, 'clock', 'Clocks', async () => {
    if (writes) await compareClocks(patient, bootstrap)
    else await findFutureRecords(patient)
  })
}

async function compareClocks({ admin, settingsFor, timeoutMs, report }: Patient, bootstrap: string): Promise<void> {
  const topic = `millrace-doctor-${Date.now()}`
  await admin.createTopics([{ name: topic, configs: { 'message.timestamp.type': 'LogAppendTime' } }], { timeoutMs })
  try {
    await using producer = new KafkaProducer(settingsFor(bootstrap))
    const before = Date.now()
    const { timestamp } = await producer.send({ topic, value: 'What is the time?' }, { timeoutMs })
    const differenceMs = timestamp < before ? timestamp - before : Math.max(0, timestamp - Date.now())
    const isOff = Math.abs(differenceMs) > CLOCK_TOLERANCE_MS
    const text = isOff
      ? `The broker’s clock is ${Math.abs(differenceMs / 1000).toFixed(1)} s ${differenceMs < 0 ? 'behind' : 'ahead of'} this machine’s`
      : 'The broker’s clock and this machine’s agree'
    report({ level: isOff ? 'problem' : 'ok', check: 'clock', text })
  } finally {
    await admin.deleteTopics([topic], { timeoutMs })
  }
}

async function findFutureRecords({ admin, timeoutMs, report }: Patient): Promise<void> {
  const names = [...(await admin.listTopics({ listInternal: true, timeoutMs })).keys()]
  const topics = await admin.describeTopics(names, { timeoutMs })
  const partitions = [...topics.values()].flatMap(({ name, partitions: infos }) =>
    infos.map(({ partition }) => ({ topic: name, partition })),
  )
  const newest = await admin.listOffsets(
    partitions.map((partition) => [partition, 'max-timestamp'] as const),
    { timeoutMs },
  )
  const limit = Date.now() + CLOCK_TOLERANCE_MS
  const future = [...newest].filter(([, { timestamp }]) => timestamp > limit).map(([partition]) => partition)
  if (future.length === 0) {
    report({
      level: 'ok',
      check: 'clock',
      text: 'No record is from the future (--write compares the clocks themselves)',
    })
    return
  }
  const whose = future.some(({ topic }) => isInternalTopic(topic))
    ? 'a broker’s or this machine’s'
    : 'a producer’s, a broker’s or this machine’s'
  const text = `Records are from the future, so ${whose} clock is wrong: ${named(future.map(nameOf))}`
  report({ level: 'warning', check: 'clock', text })
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function named(all: readonly string[]): string {
  const more = all.length - NAMED_MAX
  return all.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
