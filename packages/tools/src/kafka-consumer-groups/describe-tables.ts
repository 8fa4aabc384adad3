/** The tables of `kafka-consumer-groups --describe`, each below an empty line. */
import { row } from '../command-line/output.js'
import type { DescribedGroup, OffsetRow } from './described-group.js'

const NONE = '-'
const WIDTH_MIN = 15

function widest(texts: readonly string[], min = WIDTH_MIN): number {
  return Math.max(min, ...texts.map(({ length }) => length))
}

export function offsetLines(groupId: string, rows: readonly OffsetRow[]): readonly string[] {
  const texts = rows.map((one) => [
    groupId,
    one.topic,
    String(one.partition),
    String(one.currentOffset ?? NONE),
    String(one.logEndOffset),
    String(one.lag ?? NONE),
    one.consumerId ?? NONE,
    one.host ?? NONE,
    one.clientId ?? NONE,
  ])
  const column = (at: number) => texts.map((cells) => cells[at] ?? '')
  const widths = [widest(column(0)), widest(column(1)), 10, 15, 15, 15, widest(column(6)), widest(column(7))]
  const headings = [
    'GROUP',
    'TOPIC',
    'PARTITION',
    'CURRENT-OFFSET',
    'LOG-END-OFFSET',
    'LAG',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
  ]
  return ['', ...[headings, ...texts].map((cells) => row(widths, cells))]
}

const INSTANCE_ID_WIDTH_MIN = 17

export function membersLines(group: DescribedGroup, verbose: boolean): readonly string[] {
  const members = 'members' in group ? group.members : []
  const hasInstances = members.some(({ groupInstanceId }) => groupInstanceId)
  const optional = <T>(cell: T) => (hasInstances ? [cell] : [])
  const widths = [
    widest([members.length > 0 ? group.groupId : '']),
    widest(members.map(({ memberId }) => memberId)),
    ...optional(
      widest(
        members.map(({ groupInstanceId = '' }) => groupInstanceId),
        INSTANCE_ID_WIDTH_MIN,
      ),
    ),
    widest(members.map(({ host }) => host)),
    widest(members.map(({ clientId }) => clientId)),
    WIDTH_MIN,
  ]
  const headings = ['GROUP', 'CONSUMER-ID', ...optional('GROUP-INSTANCE-ID'), 'HOST', 'CLIENT-ID', '#PARTITIONS']
  const rows = members.map(({ memberId, groupInstanceId = '', host, clientId, assignment }) => [
    ...[group.groupId, memberId, ...optional(groupInstanceId), host, clientId, assignment.length],
    verbose ? assignmentText(assignment) : '',
  ])
  return ['', ...[[...headings, verbose ? 'ASSIGNMENT' : ''], ...rows].map((cells) => row(widths, cells))]
}

/** `(0,1), (2)`: the partitions of each topic, sorted as texts. */
function assignmentText(assignment: readonly { readonly topic: string; readonly partition: number }[]): string {
  const byTopic = new Map<string, string[]>()
  for (const { topic, partition } of assignment) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), String(partition)])
  }
  const lists = [...byTopic.values()].map((partitions) => `(${partitions.sort().join(',')})`)
  return lists.length === 0 ? NONE : lists.sort().join(', ')
}

const COORDINATOR_WIDTH_MIN = 25

export function stateLines(group: DescribedGroup): readonly string[] {
  if (!('members' in group)) return []
  const { groupId, coordinator, partitionAssignor, state, members } = group
  const address = coordinator === undefined ? NONE : `${coordinator.host}:${coordinator.port}  (${coordinator.id})`
  const widths = [widest([address], COORDINATOR_WIDTH_MIN), 25, 20, 15]
  return [
    '',
    row(widths, ['GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE', '#MEMBERS']),
    row(widths, [groupId, address, partitionAssignor, state, members.length]),
  ]
}
