import type { KafkaAdminClient } from '@millrace/client'
import { reasonOf } from '../command-line/failures.js'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { json } from '../command-line/output.js'
import { wantedGroups } from './list-groups.js'
import { callOptions, type GroupsInvocation, printError } from './options.js'

export async function deleteGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<void> {
  const { options, print } = invocation
  const groupIds = await wantedGroups(admin, invocation)
  const outcomes = await admin.deleteConsumerGroups(groupIds, callOptions(invocation)).settled()
  const results = hashOrder(outcomes, ([groupId]) => stringHash(groupId)).map(([group, outcome]) => ({
    group,
    error: 'error' in outcome ? reasonOf(outcome.error) : null,
  }))
  if (options.output === 'json') {
    print(json(results))
    return
  }
  const failed = results.filter(({ error }) => error !== null)
  const deleted = results.filter(({ error }) => error === null).map(({ group }) => group)
  if (failed.length === 0) {
    print(`Deletion of requested consumer groups ('${deleted.join(', ')}') was successful.`)
    return
  }
  printError(invocation, 'Deletion of some consumer groups failed:')
  for (const { group, error } of failed) print(`* Group '${group}' could not be deleted due to: ${error}`)
  // The quotes are those of Kafka's tool.
  if (deleted.length > 0) print(`\nThese consumer groups were deleted successfully: '${deleted.join("'")}', '`)
}
