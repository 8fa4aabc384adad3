/** `--zookeeper`: the way to brokers that Kafka's tools took before they had `--bootstrap-server`. */
import { text } from './option-table.js'
import { ToolError } from './tool.js'

export const zooKeeperOption = {
  zookeeper: text('host:port[/chroot]', 'The way to the brokers in old command lines. Use --bootstrap-server.'),
} as const

/** `host:port` of the live brokers, with commas between. Errors: ToolError if there are none. */
export async function brokersOf(connectString: string, complain: (line: string) => void): Promise<string> {
  complain('Warning: --zookeeper is deprecated; the brokers named there are asked. Use --bootstrap-server instead.')
  const { connectZooKeeper } = await import('@millrace/zookeeper')
  const zooKeeper = await connectZooKeeper({ connectString, sessionTimeoutMs: 30_000 }).catch((error: Error) => {
    throw new ToolError(`No ZooKeeper answers at ${connectString}: ${error.message}`)
  })
  try {
    const endpoints: string[] = []
    const { children } = await zooKeeper.getChildren('/brokers/ids').catch(() => ({ children: [] }))
    for (const id of children) {
      const { data } = await zooKeeper.getData(`/brokers/ids/${id}`)
      endpoints.push(...plaintextEndpoints(String(data)))
    }
    if (endpoints.length > 0) return endpoints.join(',')
    throw new ToolError(`No broker is registered at ${connectString}: name it by --bootstrap-server.`)
  } finally {
    await zooKeeper.close()
  }
}

/** Of a broker's registration (`BrokerIdZNode`): what a client without any settings can talk to. */
function plaintextEndpoints(registration: string): readonly string[] {
  const { endpoints = [], listener_security_protocol_map: protocols = {} } = JSON.parse(registration) as {
    readonly endpoints?: readonly string[]
    readonly listener_security_protocol_map?: Readonly<Record<string, string>>
  }
  return endpoints.flatMap((endpoint) => {
    const [, listener = '', address] = /^([^:]+):\/\/(.+)$/.exec(endpoint) ?? []
    return address !== undefined && (protocols[listener] ?? listener) === 'PLAINTEXT' ? [address] : []
  })
}
