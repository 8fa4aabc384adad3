import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis } from '@millrace/protocol'
import { SharedVersions } from './api-versions.js'

test('shared versions: the highest that both know, within bounds; features of the cluster', () => {
  const versions = new SharedVersions({
    apiKeys: [{ apiKey: apis.Produce.key, minVersion: 0, maxVersion: 9 }],
    finalizedFeatures: [{ name: 'transaction.version', maxVersionLevel: 2, minVersionLevel: 2 }],
  })
  assert.equal(versions.highest(apis.Produce), 9)
  assert.equal(versions.highest(apis.Produce, { max: 7 }), 7)
  assert.equal(versions.highest(apis.Produce, { min: 10 }), undefined)
  assert.equal(versions.finalizedFeature('transaction.version'), 2)
  assert.equal(versions.finalizedFeature('kraft.version'), 0)
})
