// A proxy in front of a broker that records what passes as a pcap file. Needs no rights to capture, and misses nothing.
// Each Kafka message is one packet of the recording (or several, when it is long): the packets of the real connections
// would have cut the streams at random places, and a finding could not be told to one message.
import { closeSync, openSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const linkTypeRawIp = 101
const maxPayload = 60_000
const [fin, syn, push, ack] = [0x01, 0x02, 0x08, 0x10]

/** Listens on `port` and forwards to `target`, a port; records to `file`. `close()` ends it and the file. */
export async function recordingProxy({ port, target, file }) {
  const recording = new Recording(file)
  const sockets = new Set()
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1')
    const stream = recording.stream(port)
    for (const [from, to, fromClient] of [
      [client, broker, true],
      [broker, client, false],
    ]) {
      sockets.add(from)
      const cutter = new MessageCutter((message) => stream.message(fromClient, message))
      from.on('data', (chunk) => {
        cutter.push(chunk)
        if (!to.write(chunk)) from.pause()
      })
      to.on('drain', () => from.resume())
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        sockets.delete(from)
      })
    }
    client.on('close', () => stream.end())
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      recording.close()
    },
  }
}

/** Cuts a stream into messages, each with its length in front. */
class MessageCutter {
  #chunks = []
  #size = 0
  #onMessage

  constructor(onMessage) {
    this.#onMessage = onMessage
  }

  push(chunk) {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size >= 4) {
      if (this.#chunks[0].length < 4) this.#join()
      const length = 4 + this.#chunks[0].readInt32BE(0)
      if (this.#size < length) return
      this.#join()
      const all = this.#chunks[0]
      this.#onMessage(all.subarray(0, length))
      this.#chunks = [all.subarray(length)]
      this.#size -= length
    }
  }

  #join() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
  }
}

/** The pcap file. Time stamps count up by a microsecond: only the order matters. */
class Recording {
  #file
  #packets = 0
  /** Of the next connection: the system gives the same one again, and two connections would be taken for one. */
  #clientPort = 1024

  constructor(file) {
    this.#file = openSync(file, 'w')
    const header = Buffer.alloc(24)
    header.writeUInt32LE(0xa1b2c3d4, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(65_535, 16)
    header.writeUInt32LE(linkTypeRawIp, 20)
    writeSync(this.#file, header)
  }

  stream(brokerPort) {
    return new RecordedStream((packet) => this.#write(packet), this.#clientPort++, brokerPort)
  }

  close() {
    closeSync(this.#file)
    this.#file = undefined
  }

  #write(packet) {
    if (this.#file === undefined) return
    const header = Buffer.alloc(16)
    header.writeUInt32LE(1_700_000_000 + Math.floor(this.#packets / 1e6), 0)
    header.writeUInt32LE(this.#packets++ % 1e6, 4)
    header.writeUInt32LE(packet.length, 8)
    header.writeUInt32LE(packet.length, 12)
    writeSync(this.#file, Buffer.concat([header, packet]))
  }
}

/** One connection as TCP packets: a handshake, then what each side says. */
class RecordedStream {
  #write
  #ports
  /** What each side, the client first, has sent so far. */
  #sequence = [0, 0]

  constructor(write, clientPort, brokerPort) {
    this.#write = write
    this.#ports = [clientPort, brokerPort]
    this.#packet(0, syn)
    this.#packet(1, syn | ack)
    this.#packet(0, ack)
  }

  message(fromClient, bytes) {
    const side = fromClient ? 0 : 1
    for (let at = 0; at < bytes.length; at += maxPayload) {
      this.#packet(side, push | ack, bytes.subarray(at, at + maxPayload))
    }
  }

  end() {
    this.#packet(0, fin | ack)
    this.#packet(1, fin | ack)
  }

  #packet(side, flags, payload = Buffer.alloc(0)) {
    const head = Buffer.alloc(40)
    head[0] = 0x45
    head.writeUInt16BE(40 + payload.length, 2)
    head[8] = 64
    head[9] = 6
    for (const at of [12, 16]) Buffer.from([127, 0, 0, 1]).copy(head, at)
    head.writeUInt16BE(this.#ports[side], 20)
    head.writeUInt16BE(this.#ports[1 - side], 22)
    head.writeUInt32BE(this.#sequence[side] >>> 0, 24)
    head.writeUInt32BE(flags === syn ? 0 : this.#sequence[1 - side] >>> 0, 28)
    head[32] = 0x50
    head[33] = flags
    head.writeUInt16BE(65_535, 34)
    this.#write(Buffer.concat([head, payload]))
    this.#sequence[side] += payload.length + ((flags & (syn | fin)) === 0 ? 0 : 1)
  }
}
