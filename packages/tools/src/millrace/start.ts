/** `millrace start`: one broker with everything that it needs, for a laptop or one server. */
import { join, resolve } from 'node:path'
import { integer, text, texts } from '../command-line/option-table.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool } from '../command-line/tool.js'
import { runBroker } from '../run-broker.js'

const options = {
  data: text('dir', 'Where the data is kept.', 'data'),
  port: integer('port', 'The port on localhost; 0: any free one.', 9092),
  override: texts('key=value', 'A setting of server.properties.'),
} as const

const httpPortKey = 'millrace.http.port'
/** Where Prometheus looks for Kafka's metrics by habit: the JMX exporter's port. */
const usualHttpPort = '9404'

export const start = defineTool({
  name: 'start',
  summary: 'Runs one broker on this machine.',
  options,
  async run({ options: { data, port, override } }) {
    if (port < 0 || port > 65_535) throw new UsageError(`--port ${port} must be a port, from 0 to 65535`)
    const dir = resolve(data)
    const properties = new Map([
      ['broker.id', '0'],
      ['listeners', `PLAINTEXT://localhost:${port}`],
      ['log.dirs', join(dir, 'kafka-logs')],
      ['millrace.store.dir', join(dir, 'zookeeper')],
      ['group.initial.rebalance.delay.ms', '0'],
      ...override.map(keyValue),
    ])
    const httpPortIsPreferred = !properties.has(httpPortKey)
    if (httpPortIsPreferred) properties.set(httpPortKey, usualHttpPort)
    await runBroker(properties, { introduces: true, httpPortIsPreferred })
    return Number(process.exitCode ?? 0)
  },
})

function keyValue(pair: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (key === undefined || value === undefined) throw new UsageError(`--override ${pair} must be key=value`)
  return [key, value]
}
