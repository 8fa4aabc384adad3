import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessMetrics } from './process-metrics.js'

test('the process is told under the names that every client library has', async (t) => {
  const metrics = new ProcessMetrics()
  t.after(() => metrics.stop())
  // Only Linux tells of open files.
  await metrics.prepare().catch(() => undefined)
  const lines = metrics.families().flatMap((family) => [...family.lines()])
  const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1])
  for (const name of [
    'process_cpu_seconds_total',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_external_memory_bytes',
  ]) {
    assert.ok(value(name) > 0, name)
  }
  if (process.platform === 'linux') {
    assert.ok(value('process_open_fds') > 2)
    assert.ok(value('process_max_fds') > value('process_open_fds'))
  }
  const idle = value('kafka_network_socketserver_networkprocessoravgidle_percent')
  assert.ok(idle >= 0 && idle <= 1, String(idle))
})
