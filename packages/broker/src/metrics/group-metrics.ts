/**
 * Groups, what they have committed, and how far behind they are (Kafka: GroupMetadataManager; the offsets and the lag under
 * the names of the widespread Kafka exporter, which Kafka's own broker does not tell).
 */
import type { ClassicGroupState } from '../groups/core/classic/classic-group-state.js'
import type { CommitView, GroupView } from '../groups/group-views.js'
import { type Labels, labelText, metricLine } from './exposition.js'
import { countOf, type MetricFamily } from './metrics-registry.js'

export interface GroupMetricsOptions {
  /** The groups that this broker coordinates. */
  readonly groups: () => Iterable<GroupView>
  /** The offsets that they have committed. */
  readonly commits: () => Iterable<CommitView>
  /** What consumers can read up to; undefined for a partition that is not led here. */
  readonly highWatermark: (topic: string, partition: number) => number | undefined
}

const states: Readonly<Record<ClassicGroupState, string>> = {
  PreparingRebalance: 'preparingrebalance',
  CompletingRebalance: 'completingrebalance',
  Stable: 'stable',
  Empty: 'empty',
}

const manager = 'kafka_coordinator_group_groupmetadatamanager'

export function groupFamilies({ groups, commits, highWatermark }: GroupMetricsOptions): MetricFamily[] {
  const inState = (wanted: ClassicGroupState) =>
    countOf(
      `${manager}_numgroups${states[wanted]}`,
      `Groups coordinated here that are ${wanted}.`,
      groups,
      ({ state }) => state === wanted,
    )
  return [
    countOf(`${manager}_numgroups`, 'Groups coordinated here.', groups, () => true),
    countOf(`${manager}_numoffsets`, 'Offsets committed by groups coordinated here.', commits, () => true),
    ...(Object.keys(states) as ClassicGroupState[]).map(inState),
    family('kafka_consumergroup_members', 'Members of a group.', groups, ({ groupId, memberCount }) => [
      { consumergroup: groupId },
      memberCount,
    ]),
    family('kafka_consumergroup_current_offset', 'The offset that a group has committed.', commits, (commit) => [
      labelsOf(commit),
      commit.committedOffset,
    ]),
    family(
      'kafka_consumergroup_lag',
      'Records that a group has not committed yet, of partitions led here.',
      commits,
      (commit) => {
        const end = highWatermark(commit.topic, commit.partition)
        return end === undefined ? undefined : [labelsOf(commit), Math.max(0, end - commit.committedOffset)]
      },
    ),
  ]
}

function labelsOf({ groupId, topic, partition }: CommitView): Labels {
  return { consumergroup: groupId, topic, partition }
}

function family<Item>(
  name: string,
  help: string,
  items: () => Iterable<Item>,
  read: (item: Item) => readonly [Labels, number] | undefined,
): MetricFamily {
  return {
    name,
    type: 'gauge',
    help,
    *lines() {
      for (const item of items()) {
        const found = read(item)
        yield found === undefined ? '' : metricLine(name, labelText(found[0]), found[1])
      }
    },
  }
}
