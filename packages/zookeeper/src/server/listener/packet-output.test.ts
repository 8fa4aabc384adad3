import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { PacketOutput } from './packet-output.js'

/** A socket whose peer reads nothing before `drain`. */
class DeafSocket extends EventEmitter {
  writableLength = 0
  readonly writableEnded = false
  destroyed = false
  ended = false
  readonly written: Buffer[] = []

  write(bytes: Buffer): void {
    this.written.push(bytes)
    this.writableLength += bytes.length
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }

  destroySoon(): void {
    this.ended = true
  }

  drain(): void {
    this.writableLength = 0
    this.emit('drain')
  }
}

function deafPeer() {
  const socket = new DeafSocket()
  const sent: number[] = []
  const output = new PacketOutput(socket as unknown as Socket, (bytes) => sent.push(bytes))
  return { socket, sent, output }
}

const count = 100
const megabyte = Buffer.alloc(1024 * 1024)
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('what a peer is too far behind to read is put into bytes when it has read', async () => {
  const { socket, sent, output } = deafPeer()
  for (let number = 0; number < count; number++) {
    output.send((out) => {
      out.int(number)
      out.buffer(megabyte)
    })
  }
  assert.ok(output.isBehind)
  assert.ok(sent.length <= 2, `${sent.length} packets are in memory`)
  for (let turn = 0; turn < count && output.isBehind; turn++) {
    await settled()
    socket.drain()
  }
  await settled()
  assert.equal(sent.length, count)
  const bytes = Buffer.concat(socket.written)
  for (let number = 0; number < count; number++)
    assert.equal(bytes.readInt32BE(number * (megabyte.length + 12) + 4), number)
})

test('a peer that never reads its notifications is gone in the end', () => {
  const { socket, output } = deafPeer()
  const path = `/${'x'.repeat(10_000)}`
  for (let number = 0; number < 10_000 && !socket.destroyed; number++) output.send((out) => out.string(path), path)
  assert.ok(socket.destroyed)
})

test('an end comes after all that was said, or at once for a connection that is no more', async () => {
  const patient = deafPeer()
  for (let number = 0; number < 3; number++) patient.output.send((out) => out.buffer(megabyte))
  patient.output.end()
  patient.output.send((out) => out.int(1))
  await settled()
  assert.ok(!patient.socket.ended)
  for (let turn = 0; turn < 3; turn++) {
    patient.socket.drain()
    await settled()
  }
  assert.ok(patient.socket.ended)
  assert.equal(patient.sent.length, 3)

  const hasty = deafPeer()
  for (let number = 0; number < 3; number++) hasty.output.send((out) => out.buffer(megabyte))
  hasty.output.endNow()
  assert.ok(hasty.socket.ended)
  assert.ok(hasty.sent.length < 3)
})
