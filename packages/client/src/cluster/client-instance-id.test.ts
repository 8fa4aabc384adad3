import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { systemClientPorts } from '../ports.js'
import { Deadline } from '../waiting.js'
import { ClientInstanceId } from './client-instance-id.js'
import type { Cluster } from './cluster.js'

test('a broker gives the id once, and it stays', async () => {
  const asked: unknown[] = []
  const cluster = {
    askRepeatedly: async (_target: unknown, api: unknown, body: unknown, _deadline: unknown, errorIn: unknown) => {
      asked.push(api, body)
      const find = errorIn as (response: { errorCode: number }) => { code: string } | undefined
      assert.equal(find({ errorCode: ErrorCode.THROTTLING_QUOTA_EXCEEDED })?.code, 'THROTTLING_QUOTA_EXCEEDED')
      return { clientInstanceId: `id-${asked.length}` }
    },
  }
  const id = new ClientInstanceId(cluster as unknown as Cluster)
  const deadline = new Deadline(systemClientPorts, 'clientInstanceId', 1000)
  assert.equal(await id.get(deadline), 'id-2')
  assert.equal(await id.get(deadline), 'id-2')
  assert.deepEqual(asked, [apis.GetTelemetrySubscriptions, { clientInstanceId: 'AAAAAAAAAAAAAAAAAAAAAA' }])
})
