// The limit of the platform for a broker in Node: what comes from the socket is cut into requests, each batch's CRC-32C
// is computed, its bytes are written to a file, and an answer is sent. It knows just enough of Kafka's protocol that the
// Java producer takes it for a broker of one partition; it validates nothing, keeps no order of producers, serves nobody.
//   node sink.mjs PORT FOLDER
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  apiByKey,
  apis,
  crc32cPortable,
  decodeRequest,
  decodeRequestHeader,
  encodeResponse,
  loadNativeCrc32c,
} from '../../packages/protocol/dist/index.js'

const [port, folder] = [Number(process.argv[2]), process.argv[3]]
const crc32c = loadNativeCrc32c() ?? crc32cPortable
const file = openSync(join(folder, 'data', 'sink.log'), 'a')
const checksumAt = 17
const checksummedAt = 21

/** What it says it serves: the last version of Produce before the flexible ones, so that fields lie at fixed places. */
const produceVersion = 8
const served = [
  [apis.Produce, 3, produceVersion],
  [apis.Metadata, 0, 9],
  [apis.ApiVersions, 0, 3],
  [apis.InitProducerId, 0, 3],
]

const answers = {
  ApiVersions: () => ({
    errorCode: 0,
    apiKeys: served.map(([{ key }, minVersion, maxVersion]) => ({ apiKey: key, minVersion, maxVersion })),
  }),
  InitProducerId: () => ({ errorCode: 0, producerId: 1, producerEpoch: 0 }),
  Metadata: ({ topics }) => ({
    brokers: [{ nodeId: 0, host: '127.0.0.1', port }],
    clusterId: 'sink',
    controllerId: 0,
    topics: (topics ?? []).map(({ name }) => ({
      errorCode: 0,
      name,
      partitions: [
        {
          errorCode: 0,
          partitionIndex: 0,
          leaderId: 0,
          leaderEpoch: 0,
          replicaNodes: [0],
          isrNodes: [0],
          offlineReplicas: [],
        },
      ],
    })),
  }),
}

let wrong = 0
let nextOffset = 0
const produceAnswers = new Map() // by topic: the whole answer, in which two numbers are replaced

createServer({ noDelay: true }, (socket) => {
  let frame // gathers the request that has begun
  let filled = 0
  let prefix = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    let at = 0
    if (frame === undefined && prefix.length > 0) {
      chunk = Buffer.concat([prefix, chunk])
      prefix = Buffer.alloc(0)
    }
    while (at < chunk.length) {
      if (frame === undefined) {
        if (chunk.length - at < 4) {
          prefix = Buffer.from(chunk.subarray(at))
          return
        }
        const length = chunk.readInt32BE(at)
        at += 4
        if (chunk.length - at >= length) {
          socket.write(answer(chunk.subarray(at, at + length)))
          at += length
          continue
        }
        frame = Buffer.allocUnsafe(length)
        filled = 0
      }
      const taken = Math.min(frame.length - filled, chunk.length - at)
      chunk.copy(frame, filled, at, at + taken)
      filled += taken
      at += taken
      if (filled === frame.length) {
        socket.write(answer(frame))
        frame = undefined
      }
    }
  })
}).listen(port, '127.0.0.1')

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(wrong > 0 ? 1 : 0))

function answer(request) {
  if (request.readInt16BE(0) === apis.Produce.key) return answerProduce(request)
  const { apiKey, apiVersion, correlationId, headerLength } = decodeRequestHeader(request)
  const { name } = apiByKey(apiKey)
  // A version that is not served: in version 0, where the versions that are can be read (KIP-511).
  const isKnown = served.some(([{ key }, min, max]) => key === apiKey && apiVersion >= min && apiVersion <= max)
  if (!isKnown) {
    return Buffer.concat(
      encodeResponse(apis.ApiVersions, 0, correlationId, { ...answers.ApiVersions(), errorCode: 35 }),
    )
  }
  const body = answers[name](decodeRequest(apis[name], apiVersion, request, headerLength))
  return Buffer.concat(encodeResponse(apis[name], apiVersion, correlationId, body))
}

/** One topic, one partition, one batch. */
function answerProduce(request) {
  let at = 8
  at += 2 + Math.max(0, request.readInt16BE(at)) // client id
  at += 2 + Math.max(0, request.readInt16BE(at)) // transactional id
  at += 2 + 4 + 4 // acks, timeout, count of topics
  const topicLength = request.readInt16BE(at)
  const topic = request.latin1Slice(at + 2, at + 2 + topicLength)
  at += 2 + topicLength + 4 + 4 // count of partitions, index
  const end = at + 4 + request.readInt32BE(at)
  at += 4
  if (crc32c(request, at + checksummedAt, end) !== request.readUInt32BE(at + checksumAt)) wrong++
  writeSync(file, request, at, end - at)
  return produceAnswer(topic, request.readInt32BE(4), nextOffset++)
}

function produceAnswer(topic, correlationId, baseOffset) {
  let template = produceAnswers.get(topic)
  if (template === undefined) {
    const partition = { index: 0, errorCode: 0, baseOffset: 0, logStartOffset: 0 }
    const responses = [{ name: topic, partitionResponses: [partition] }]
    template = Buffer.concat(encodeResponse(apis.Produce, produceVersion, 0, { responses }))
    produceAnswers.set(topic, template)
  }
  const bytes = Buffer.from(template)
  bytes.writeInt32BE(correlationId, 4)
  bytes.writeBigInt64BE(BigInt(baseOffset), 4 + 4 + 4 + 2 + topic.length + 4 + 4 + 2)
  return bytes
}
