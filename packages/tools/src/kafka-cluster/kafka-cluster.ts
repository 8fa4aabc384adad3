/** `kafka-cluster`: the cluster's id, its endpoints, brokers that will not return (`ClusterTool`). */
import { KafkaAdminClient } from '@millrace/client'
import {
  bootstrapSettings,
  clientSettings,
  controllerOption,
  requireOneBootstrap,
} from '../command-line/client-settings.js'
import { hasCode } from '../command-line/failures.js'
import { flag, integer, text } from '../command-line/option-table.js'
import { json, outputOption, row } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'

const bootstrap = text('host:port', 'Brokers to connect to first, separated by commas.')
const controllers = controllerOption['bootstrap-controller']
const config = text('file', 'A properties file with settings of the client.')

const connection = {
  'bootstrap-server': bootstrap,
  b: bootstrap,
  'bootstrap-controller': controllers,
  C: controllers,
  config,
  c: config,
  ...outputOption,
} as const

type ConnectionInvocation = Pick<Invocation<typeof connection>, 'options' | 'complain'>

const brokerId = integer('id', 'The broker.')

export const kafkaCluster = defineTool({
  name: 'kafka-cluster',
  summary: 'Shows the id and the endpoints of a cluster, and forgets brokers that will not return.',
  options: {},
  commands: {
    'cluster-id': defineTool({
      name: 'cluster-id',
      summary: 'Shows the id of the cluster.',
      options: connection,
      async run(invocation) {
        await using admin = connect(invocation)
        const { clusterId } = await admin.describeCluster()
        if (invocation.options.output === 'json') invocation.print(json({ clusterId }))
        else if (clusterId !== null) invocation.print(`Cluster ID: ${clusterId}`)
        else invocation.print('No cluster ID found. The Kafka version is probably too old.')
      },
    }),
    unregister: defineTool({
      name: 'unregister',
      summary: 'Forgets a broker that will not return.',
      options: { ...connection, id: brokerId, i: brokerId },
      async run(invocation) {
        const { options, print } = invocation
        const id = options.id ?? options.i
        if (id === undefined) throw new ToolError('kafka-cluster: error: argument --id/-i is required')
        await using admin = connect(invocation)
        const isDone = await admin.unregisterBroker(id).then(
          () => true,
          (error: unknown) => {
            if (!hasCode(error, 'UNSUPPORTED_VERSION')) throw error
            return false
          },
        )
        if (options.output === 'json') print(json({ broker: id, unregistered: isDone }))
        else if (isDone) print(`Broker ${id} is no longer registered.`)
        else print('The target cluster does not support the broker unregistration API.')
      },
    }),
    'list-endpoints': defineTool({
      name: 'list-endpoints',
      summary: 'Shows where the brokers of the cluster are.',
      options: { ...connection, 'include-fenced-brokers': flag('Brokers that do not serve, too.') },
      async run(invocation) {
        const { options, print } = invocation
        const includeFencedBrokers = options['include-fenced-brokers']
        const endpointType = controllersOf(options) === undefined ? 'broker' : 'controller'
        if (includeFencedBrokers && endpointType === 'controller') {
          throw new ToolError('The option --include-fenced-brokers is only supported with --bootstrap-server option')
        }
        await using admin = connect(invocation)
        const { nodes } = await admin.describeCluster(includeFencedBrokers ? { includeFencedBrokers } : {})
        const brokers = nodes.map(({ id, host, port, rack, isFenced }) => {
          const state = endpointType === 'controller' ? {} : { state: isFenced ? 'fenced' : 'unfenced' }
          return { id, host, port, rack: rack ?? null, ...state, endpointType }
        })
        if (options.output === 'json') print(json(brokers))
        else for (const line of endpointLines(brokers)) print(line)
      },
    }),
  },
  async run() {},
})

/** Errors: ToolError if it is not said where to connect to. */
function connect({ options, complain }: ConnectionInvocation): KafkaAdminClient {
  const servers = options['bootstrap-server'] ?? options.b
  const controllers = controllersOf(options)
  requireOneBootstrap('kafka-cluster', servers, controllers, ['--bootstrap-server/-b', '--bootstrap-controller/-C'])
  const fixed = bootstrapSettings(servers, controllers)
  return new KafkaAdminClient(clientSettings('admin', { file: options.config ?? options.c, fixed }, complain))
}

function controllersOf(options: ConnectionInvocation['options']): string | undefined {
  return options['bootstrap-controller'] ?? options.C
}

const RACK_WIDTH_MIN = 10

interface Endpoint {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** Controllers have none. */
  readonly state?: string
  readonly endpointType: string
}

function endpointLines(brokers: readonly Endpoint[]): readonly string[] {
  const widest = (min: number, texts: readonly string[]) => Math.max(min, ...texts.map(({ length }) => length))
  const hostWidth = widest(
    'HOST'.length,
    brokers.map(({ host }) => host),
  )
  const rackWidth = widest(
    RACK_WIDTH_MIN,
    brokers.map(({ rack }) => rack ?? ''),
  )
  const hasState = brokers.some(({ state }) => state !== undefined)
  const widths = [10, hostWidth, 10, rackWidth, ...(hasState ? [10] : []), 15]
  return [
    row(widths, ['ID', 'HOST', 'PORT', 'RACK', ...(hasState ? ['STATE'] : []), 'ENDPOINT_TYPE']),
    ...brokers.map(({ id, host, port, rack, state, endpointType }) =>
      row(widths, [id, host, port, String(rack), ...(state === undefined ? [] : [state]), endpointType]),
    ),
  ]
}
