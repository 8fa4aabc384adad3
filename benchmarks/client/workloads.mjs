// What every client is put through, in the order of the table. A workload is
//   name, title  what `--only` matches, and what the table shows
//   load         which of the loads of programs/load.mjs
//   valueBytes   the size of a record's value
//   goals        by metric: `{ atLeast }` or `{ atMost }`, in the units of the table
//   topic        the topic of numbered records that is consumed: a key of `topics`
//   warmupMs, measureMs   by size of the run; what is consumed is counted instead
//   settings     by client: what a program that does this sets

export const topics = {
  few: { valueBytes: 100, valueKind: 'filler', settings: {} },
  '1k': { valueBytes: 1024, valueKind: 'filler', settings: {} },
  '100b': { valueBytes: 100, valueKind: 'filler', settings: {} },
  // Java fills batches up to their compressed size.
  lz4: { valueBytes: 1024, valueKind: 'json', settings: { 'compression.type': 'lz4', 'batch.size': 65_536 } },
  zstd: { valueBytes: 1024, valueKind: 'json', settings: { 'compression.type': 'zstd', 'batch.size': 65_536 } },
}

/** How many records of a topic a client gets: `[if it is fast, if it is not]`. */
export const recordCounts = {
  full: {
    few: [100, 100],
    '1k': [1_000_000, 300_000],
    '100b': [4_000_000, 600_000],
    lz4: [600_000, 300_000],
    zstd: [600_000, 300_000],
  },
  quick: {
    few: [100, 100],
    '1k': [300_000, 100_000],
    '100b': [1_000_000, 200_000],
    lz4: [200_000, 100_000],
    zstd: [200_000, 100_000],
  },
}

const timed = { warmupMs: { full: 1000, quick: 500 }, measureMs: { full: 2000, quick: 1000 } }

export const workloads = [
  {
    name: 'single',
    title: 'one send awaited at a time, 100 B',
    load: 'single',
    valueBytes: 100,
    ...timed,
    goals: { perSecond: { atLeast: 5 }, p99Ms: { atMost: 0.4 } },
    shown: ['perSecond', 'cpuUs', 'p50Ms', 'p99Ms'],
  },
  {
    name: 'batch',
    title: '100 records a call, awaited, 100 B',
    load: 'batch',
    valueBytes: 100,
    ...timed,
    goals: { perSecond: { atLeast: 220 }, cpuUs: { atMost: 3 } },
    shown: ['perSecond', 'cpuUs'],
  },
  {
    name: 'burst',
    title: '1000 sends at once, 100 B',
    load: 'burst',
    valueBytes: 100,
    ...timed,
    goals: { perSecond: { atLeast: 150 }, cpuUs: { atMost: 5.5 } },
    shown: ['perSecond', 'cpuUs'],
  },
  {
    name: 'stream-1k',
    title: 'stream 1 KB',
    load: 'stream',
    valueBytes: 1024,
    ...timed,
    goals: {
      perSecond: { atLeast: 330 },
      cpuUs: { atMost: 3 },
      startBytes: { atMost: 60 },
      peakBytes: { atMost: 124 },
    },
    shown: ['perSecond', 'cpuUs', 'startBytes', 'peakBytes'],
  },
  {
    name: 'stream-100b',
    title: 'stream 100 B',
    load: 'stream',
    valueBytes: 100,
    ...timed,
    goals: { perSecond: { atLeast: 510 }, cpuUs: { atMost: 1.9 } },
    shown: ['perSecond', 'cpuUs'],
  },
  consumeWorkload('consume-1k', 'consume 1 KB by record', '1k', { perSecond: 350, cpuUs: 3 }),
  consumeWorkload('consume-100b', 'consume 100 B by record', '100b', { perSecond: 1000, cpuUs: 1 }),
  consumeWorkload('consume-lz4', 'consume lz4, 1 KB by record', 'lz4', { perSecond: 180 }),
  consumeWorkload('consume-zstd', 'consume zstd, 1 KB by record', 'zstd', { perSecond: 200 }),
  {
    name: 'end-to-end',
    title: '1,000 records/s end to end, 100 B',
    load: 'endToEnd',
    valueBytes: 100,
    warmupMs: { full: 2000, quick: 1000 },
    measureMs: { full: 5000, quick: 2000 },
    goals: { p50Ms: { atMost: 1 }, p99Ms: { atMost: 3.5 } },
    shown: ['p50Ms', 'p99Ms', 'cpuUs'],
    // A program that looks at latency does not let librdkafka linger.
    settings: { 'node-rdkafka': { 'linger.ms': 0 } },
  },
  {
    name: 'first-ack',
    title: 'process start to first acknowledgement',
    load: 'firstAck',
    valueBytes: 100,
    goals: { sinceStartMs: { atMost: 150 } },
    shown: ['sinceStartMs'],
  },
  {
    name: 'first-record',
    title: 'process start to first record',
    load: 'firstRecord',
    topic: 'few',
    goals: { sinceStartMs: { atMost: 180 } },
    shown: ['sinceStartMs'],
  },
]

function consumeWorkload(name, title, topic, { perSecond, cpuUs }) {
  const goals = { perSecond: { atLeast: perSecond }, ...(cpuUs === undefined ? {} : { cpuUs: { atMost: cpuUs } }) }
  return { name, title, load: 'consume', topic, goals, shown: ['perSecond', 'cpuUs'] }
}
