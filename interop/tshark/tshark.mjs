// tshark over a recording: which Kafka messages it saw, and which of them it could not take apart.
import { mustRun } from '../lib/programs.mjs'

const fields = [
  'tcp.stream',
  'tcp.dstport',
  'kafka.correlation_id',
  'kafka.api_key',
  'kafka.api_version',
  '_ws.malformed',
  '_ws.expert.message',
]

/**
 * All messages of a recording: `{ kind: 'request' | 'response', apiKey, apiVersion, isKnown, isMalformed, frame }`. A
 * response's version is its request's. `isKnown`: this tshark says that it knows that API in that version.
 */
export async function dissect(file, port) {
  const columns = ['frame.number', ...fields].flatMap((field) => ['-e', field])
  const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', ...columns]
  const args = ['-r', file, '-d', `tcp.port==${port},kafka`, '-Y', 'kafka || _ws.malformed', ...format]
  const text = await mustRun('tshark', args, { timeoutMs: 300_000 })
  const versions = new Map()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [frame, stream, to, correlationId, apiKey, apiVersion, malformed, remarks] = line.split('\t')
      const kind = Number(to) === port ? 'request' : 'response'
      const exchange = `${stream} ${correlationId}`
      if (kind === 'request') {
        const isKnown = !/Unsupported \w+ version|Unknown \d+ API key/.test(remarks)
        versions.set(exchange, { apiKey: Number(apiKey), apiVersion: Number(apiVersion), isKnown })
      }
      return { kind, ...versions.get(exchange), isMalformed: malformed !== '', frame: Number(frame) }
    })
}
