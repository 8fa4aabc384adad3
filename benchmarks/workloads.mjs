// Everything that is measured, in the order of the table. A workload is
//   name, title   what `--only` matches, and what the table shows
//   goals         by metric: the ratio to Apache's that is aimed at, or a sentence
//   sink          whether the bare sink can take part
//   slow          `--quick` leaves it out unless `--only` names it
//   pinnedOnly    it does not matter where it runs
//   peers         which of Apache's it can be compared with; default all
//   startsServer  it starts servers of its own; the others share one of each kind
//   prepare       once a server: topics, data, an unmeasured run
//   measure       one round: resolves to `{ [metric]: number }`, metrics of lib/table.mjs
//   finish        once a server
import { connectionWorkloads } from './workloads/connections.mjs'
import { consumeWorkloads } from './workloads/consume.mjs'
import { processWorkloads } from './workloads/process.mjs'
import { produceWorkloads } from './workloads/produce.mjs'
import { zookeeperWorkloads } from './workloads/zookeeper.mjs'

export const workloads = [
  ...produceWorkloads,
  ...consumeWorkloads,
  ...connectionWorkloads,
  ...processWorkloads,
  ...zookeeperWorkloads,
]
