// A small client of our own codec: topics are made with it, and the load programs speak through it. It serves every
// broker that is measured.
import { once } from 'node:events'
import { connect } from 'node:net'
import { until } from '../../interop/lib/programs.mjs'
import { apis, decodeResponse, encodeRequest } from '../../packages/protocol/dist/index.js'

const clientId = 'bench'
const silenceMs = 60_000
/** What ListOffsets takes for the end of the log. */
const endTimestamp = -1

/** One connection. Answers come in the order of the requests, so that a queue of those who wait is enough. */
export class Wire {
  #socket
  #reader
  #waiting = []
  #nextCorrelationId = 1
  #closed

  static async connect(port) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Wire(socket)
  }

  constructor(socket) {
    this.#socket = socket
    this.#reader = frameReader((frame) => this.#waiting.shift()?.resolve(frame))
    socket.on('data', this.#reader)
    socket.on('error', () => {})
    socket.setTimeout(silenceMs, () => socket.destroy())
    socket.once('close', () => {
      this.#closed = new Error('the broker closed the connection')
      for (const { reject } of this.#waiting.splice(0)) reject(this.#closed)
    })
  }

  /** Sends a request; resolves to the body of its answer. */
  async call(name, version, body) {
    const correlationId = this.#nextCorrelationId++
    const frame = await this.send(Buffer.concat(encodeRequest(apis[name], version, { correlationId, clientId }, body)))
    return decodeResponse(apis[name], version, frame).body
  }

  /** Sends bytes as they are; resolves to the frame that answers them, without its length. */
  send(bytes) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed)
      this.#waiting.push({ resolve, reject })
      this.#socket.write(bytes)
    })
  }

  close() {
    this.#socket.destroy()
  }
}

/** Takes the chunks of a socket and calls `onFrame` with every whole frame, without its length. */
export function frameReader(onFrame) {
  let rest = Buffer.alloc(0)
  let missing = 0 // how many bytes the frame that has begun still lacks; then its chunks are only gathered
  let chunks = []
  return (chunk) => {
    chunks.push(chunk)
    missing -= chunk.length
    if (missing > 0) return
    rest = chunks.length === 1 && rest.length === 0 ? chunk : Buffer.concat([rest, ...chunks])
    chunks = []
    let at = 0
    while (rest.length - at >= 4 && rest.length - at - 4 >= rest.readInt32BE(at)) {
      const end = at + 4 + rest.readInt32BE(at)
      onFrame(rest.subarray(at + 4, end))
      at = end
    }
    rest = rest.subarray(at)
    missing = rest.length >= 4 ? 4 + rest.readInt32BE(0) - rest.length : 0
  }
}

/** A Produce request of version 7 for one batch, as one buffer; `acks` is -1. */
export function produceRequest(topic, batch, { correlationId = 1, partition = 0 } = {}) {
  const body = {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
  }
  return Buffer.concat(encodeRequest(apis.Produce, 7, { correlationId, clientId }, body))
}

export function produceError(frame) {
  const { body } = decodeResponse(apis.Produce, 7, frame)
  return body.responses[0].partitionResponses[0].errorCode
}

/** Creates a topic and waits until every partition of it has a leader. */
export async function createTopic(port, name, partitions = 1) {
  const wire = await Wire.connect(port)
  try {
    const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }
    const { topics } = await wire.call('CreateTopics', 4, { topics: [topic] })
    if (topics[0].errorCode !== 0) throw new Error(`CreateTopics ${name}: error ${topics[0].errorCode}`)
    const hasLeaders = async () => {
      const [found] = (await wire.call('Metadata', 4, { topics: [{ name }], allowAutoTopicCreation: false })).topics
      return found.partitions.length === partitions && found.partitions.every(({ leaderId }) => leaderId >= 0)
    }
    await until(hasLeaders, { what: `leaders of ${name}`, everyMs: 20 })
  } finally {
    wire.close()
  }
}

/** The offset behind the last record of a topic's only partition. */
export async function endOffset(port, name) {
  const wire = await Wire.connect(port)
  try {
    const partitions = [{ partitionIndex: 0, timestamp: endTimestamp }]
    const { topics } = await wire.call('ListOffsets', 2, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name, partitions }],
    })
    const { errorCode, offset } = topics[0].partitions[0]
    if (errorCode !== 0) throw new Error(`ListOffsets ${name}: error ${errorCode}`)
    return offset
  } finally {
    wire.close()
  }
}

export async function deleteTopic(port, name) {
  const wire = await Wire.connect(port)
  try {
    await wire.call('DeleteTopics', 1, { topicNames: [name], timeoutMs: 30_000 })
  } finally {
    wire.close()
  }
}
