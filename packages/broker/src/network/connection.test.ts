import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { TimeHistogram } from '../metrics/time-histogram.js'
import type { ScriptedHandler } from '../testing/scripted-handler.js'
import { startScripted, startServer } from '../testing/socket-server-fixture.js'
import { frameOf, until } from '../testing/test-peer.js'
import type { FrameHandler } from './connection.js'

test('requests that arrive together are served one at a time, in order', async (t) => {
  const { handler, peer } = await startScripted(t)
  peer.send('a', 'b', 'c')
  await until(() => handler.started.length > 0)
  assert.deepEqual(handler.started, ['a'])
  handler.answer('a')
  assert.deepEqual(await peer.received(1), ['a'])
  await until(() => handler.started.length === 2)
  assert.deepEqual(handler.started, ['a', 'b'])
  handler.answer('b')
  await peer.received(2)
  await until(() => handler.started.length === 3)
  handler.answer('c')
  assert.deepEqual(await peer.received(3), ['a', 'b', 'c'])
})

test('produces that follow each other start at once, and are answered in request order though they finish out of order', async (t) => {
  const { handler, peer } = await startScripted(t)
  peer.send('produce 1', 'produce 2', 'produce 3')
  await until(() => handler.started.length === 3)
  handler.answer('produce 3')
  handler.answer('produce 1')
  assert.deepEqual(await peer.received(1), ['produce 1'], 'the third waits for the second')
  handler.answer('produce 2')
  assert.deepEqual(await peer.received(3), ['produce 1', 'produce 2', 'produce 3'])
})

test('a produce waits for a request of another kind before it, and that for the produces before it', async (t) => {
  const { handler, peer } = await startScripted(t)
  peer.send('produce 1', 'produce 2', 'fetch', 'produce 3')
  await until(() => handler.started.length === 2)
  handler.answer('produce 2')
  handler.answer('produce 1')
  await until(() => handler.started.length === 3)
  assert.deepEqual(handler.started, ['produce 1', 'produce 2', 'fetch'])
  handler.answer('fetch')
  await until(() => handler.started.length === 4)
  handler.answer('produce 3')
  assert.deepEqual(await peer.received(4), ['produce 1', 'produce 2', 'fetch', 'produce 3'])
})

test('at most 64 produces of a connection are at work together', async (t) => {
  const { handler, peer } = await startScripted(t)
  const requests = Array.from({ length: 70 }, (_, index) => `produce ${index}`)
  peer.send(...requests)
  await until(() => handler.started.length > 0)
  assert.equal(handler.started.length, 64)
  handler.answer('produce 0')
  await until(() => handler.started.length === 65)
  for (const request of requests.slice(1, 65)) handler.answer(request)
  await until(() => handler.started.length === 70)
  for (const request of requests.slice(65)) handler.answer(request)
  assert.deepEqual(await peer.received(70), requests)
})

test('a request without a response, as a produce with acks=0, lets the next ones be answered', async (t) => {
  const { handler, peer } = await startScripted(t)
  peer.send('produce 1', 'produce 2', 'now')
  await until(() => handler.started.length === 2)
  handler.answer('produce 2')
  handler.answerNothing('produce 1')
  assert.deepEqual(await peer.received(2), ['produce 2', 'now'])
})

test('a peer that does not read its responses gets no new work done, and all of it when it reads again', async (t) => {
  const response = { buffers: [frameOf(Buffer.alloc(1024 * 1024))] }
  let served = 0
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: () => {
      served++
      return response
    },
  }
  const { connect } = await startServer(t, { handler })
  const peer = await connect()
  peer.socket.pause()
  peer.send(...Array.from({ length: 64 }, () => 'x'))
  await until(() => served > 0)
  const reader = await connect()
  reader.send('x')
  await reader.received(1)
  assert.ok(served < 64, `${served} served for a peer that read nothing`)
  peer.socket.resume()
  await peer.received(64)
})

test('reading stops while a request is at work and the peer goes on sending, and goes on afterwards', async (t) => {
  const { handler, peer, connect } = await startScripted(t)
  const large = Buffer.alloc(1024 * 1024, 'now ')
  peer.send('slow')
  for (let index = 0; index < 64; index++) peer.send(large)
  await until(() => handler.started.length === 1)
  await quiet(() => peer.socket.writableLength)
  assert.ok(peer.socket.writableLength > 0, 'the peer could not send all of it')
  const other = await connect()
  other.send('now')
  await other.received(1)
  handler.answer('slow')
  await peer.received(65)
})

test('while there is no room for another request, a peer waits with it, and goes on afterwards in the same order', async (t) => {
  const { handler, peer, connect } = await startScripted(t, { maxQueuedBytes: 400 })
  const hog = `hog ${'.'.repeat(200)}`
  peer.send(hog)
  await until(() => handler.started.length === 1)
  const second = await connect()
  second.send('now 1', 'now 2', `now 3 ${'.'.repeat(100)}`, 'now 4')
  const third = await connect()
  third.send('now 5')
  await quiet(() => handler.started.length)
  assert.deepEqual(handler.started, [hog])
  handler.answer(hog)
  assert.deepEqual(
    (await second.received(4)).map((text) => text.slice(0, 5)),
    ['now 1', 'now 2', 'now 3', 'now 4'],
  )
  await third.received(1)
})

test('small requests have room of their own while large ones fill the memory', async (t) => {
  const { handler, peer, connect } = await startScripted(t, { maxQueuedBytes: 2 * 1024 * 1024 })
  const hog = `hog ${'.'.repeat(1_400_000)}`
  peer.send(hog)
  await until(() => handler.started.length === 1)
  const other = await connect()
  other.send(`now ${'.'.repeat(1_000_000)}`)
  const third = await connect()
  third.send('now 2')
  await third.received(1)
  assert.deepEqual(other.frames, [])
  handler.answer(hog)
  await other.received(1)
})

test('the memory of a request is given back when it is done, not when its connection closes', async (t) => {
  const { handler, peer, server, connect } = await startScripted(t, { maxQueuedBytes: 400 })
  const hog = `hog ${'.'.repeat(200)}`
  peer.send(hog)
  await until(() => handler.started.length === 1)
  const other = await connect()
  other.send('now 1')
  peer.close()
  await until(() => server.connectionCount === 1)
  await quiet(() => handler.started.length)
  assert.deepEqual(handler.started, [hog])
  handler.answer(hog)
  await other.received(1)
})

test('a peer that does not finish its request is closed when others wait for memory, and only then', async (t) => {
  const { peer, server, time, connect, logger } = await startScripted(t, { maxQueuedBytes: 400 })
  peer.socket.write(Buffer.concat([Buffer.from([0, 0, 1, 0]), Buffer.from('half')]))
  await until(() => server.connectionCount === 1)
  await quiet(() => server.connectionCount)
  await time.advance(20_000)
  assert.equal(server.connectionCount, 1)
  const other = await connect()
  other.send('now')
  await quiet(() => other.frames.length)
  assert.deepEqual(other.frames, [])
  await time.advance(7_000)
  await other.received(1)
  await peer.closed
  assert.deepEqual(logger.lines, [ofPeer])
})

test('the time until an answer has left is counted, for a peer that does not read as well', async (t) => {
  const sendTimes = new TimeHistogram()
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: (frame) => {
      const bytes = String(frame) === 'small' ? 10 : 64 * 1024 * 1024
      // Long ago, so that what is counted stands out.
      return { buffers: [frameOf(Buffer.alloc(bytes))], answeredMs: performance.now() - 60_000, sendTimes }
    },
  }
  const { connect } = await startServer(t, { handler })
  const peer = await connect()
  peer.send('small')
  await until(() => sendTimes.count === 1)
  assert.ok(sendTimes.sumMs >= 60_000)
  peer.socket.pause()
  peer.send('large')
  await quiet(() => sendTimes.count)
  assert.equal(sendTimes.count, 1, 'the system has not taken all of the large one')
  peer.socket.resume()
  await until(() => sendTimes.count === 2)
})

test('requests that wait for one of their connection know since when', async (t) => {
  const arrivals: number[] = []
  let answer: ((response: undefined) => void) | undefined
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: (_frame, _connection, arrivedMs) => {
      arrivals.push(arrivedMs)
      return new Promise((resolve) => {
        answer = resolve
      })
    },
  }
  const { connect } = await startServer(t, { handler })
  const peer = await connect()
  const beforeMs = performance.now()
  peer.socket.write(Buffer.concat(['first', 'second'].map((text) => frameOf(Buffer.from(text)))))
  await until(() => arrivals.length === 1)
  const startedMs = performance.now()
  answer?.(undefined)
  await until(() => arrivals.length === 2)
  assert.ok(arrivals.every((arrivedMs) => arrivedMs >= beforeMs && arrivedMs <= startedMs))
  answer?.(undefined)
})

test('who hands out buffers is told when they have left, or that they never will', async (t) => {
  const events: string[] = []
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: (frame) => {
      const name = String(frame)
      const bytes = name === 'small' ? 10 : 64 * 1024 * 1024
      return { buffers: [frameOf(Buffer.alloc(bytes))], whenSent: () => events.push(name) }
    },
  }
  const { connect, server } = await startServer(t, { handler })
  const peer = await connect()
  peer.send('small')
  await peer.received(1)
  await until(() => events.length === 1)
  peer.socket.pause()
  peer.send('large')
  await quiet(() => events.length)
  assert.deepEqual(events, ['small'])
  peer.close()
  await until(() => server.connectionCount === 0)
  assert.deepEqual(events, ['small', 'large'])
})

test('a peer that sends many requests ahead does not keep the others waiting', async (t) => {
  const served: string[] = []
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: async (frame) => {
      served.push(String(frame))
      return { buffers: [frameOf(frame)] }
    },
  }
  const { connect } = await startServer(t, { handler })
  const eager = await connect()
  const other = await connect()
  eager.send(...Array.from({ length: 5000 }, () => 'many'))
  await until(() => served.length > 0)
  other.send('one')
  await other.received(1)
  assert.ok(served.length < 5000, 'the other was served between')
  await eager.received(5000)
})

test('a request that fails ends the connection when those before it are answered', async (t) => {
  const { handler, peer } = await startScripted(t)
  peer.send('produce 1', 'produce 2', 'produce 3')
  await until(() => handler.started.length === 3)
  handler.fail('produce 2')
  handler.answer('produce 3')
  handler.answer('produce 1')
  await peer.closed
  assert.deepEqual(peer.frames.map(String), ['produce 1'])
})

const ofPeer = 'warn Connection closed'
const ofBroker = 'error Connection closed: a request failed'
const closingRequests: readonly {
  what: string
  log: string
  send: (peer: Peer) => void
  act?: (handler: ScriptedHandler) => void
}[] = [
  {
    what: 'a handler that rejects',
    log: ofBroker,
    send: (peer) => peer.send('bad', 'now'),
    act: (handler) => handler.fail('bad'),
  },
  { what: 'a handler that throws', log: ofBroker, send: (peer) => peer.send('throw', 'now') },
  { what: 'a frame over the limit', log: ofPeer, send: (peer) => peer.socket.write(Buffer.from([0, 0, 4, 1])) },
  {
    what: 'a frame of negative length',
    log: ofPeer,
    send: (peer) => peer.socket.write(Buffer.from([255, 255, 255, 255])),
  },
]
type Peer = Awaited<ReturnType<typeof startScripted>>['peer']

for (const { what, log, send, act } of closingRequests) {
  test(`${what} closes its connection with a log line, and no other`, async (t: TestContext) => {
    const { handler, logger, peer, server, connect } = await startScripted(t, { maxFrameBytes: 1024 })
    const other = await connect()
    send(peer)
    if (act !== undefined) {
      await until(() => handler.started.length === 1)
      act(handler)
    }
    await peer.closed
    assert.deepEqual(peer.frames, [])
    assert.deepEqual(logger.lines, [log])
    other.send('now')
    assert.deepEqual(await other.received(1), ['now'])
    assert.equal(server.connectionCount, 1)
  })
}

test('who waits to answer a peer is told when it goes, unless he asked no more', async (t) => {
  const { handler, peer, server } = await startScripted(t)
  peer.send('late')
  await until(() => handler.started.length === 1)
  const [connection] = handler.connections
  assert.ok(connection)
  const told: string[] = []
  connection.whenClosed(() => told.push('kept'))
  connection.whenClosed(() => told.push('stopped'))()
  peer.close()
  await until(() => server.connectionCount === 0)
  assert.deepEqual(told, ['kept'])
  connection.whenClosed(() => told.push('afterwards'))
  await quiet(() => told.length)
  assert.deepEqual(told, ['kept', 'afterwards'])
})

test('an answer that comes after its peer has gone goes nowhere', async (t) => {
  const { handler, peer, server, logger } = await startScripted(t)
  peer.send('late', 'now')
  await until(() => handler.started.length === 1)
  peer.close()
  await until(() => server.connectionCount === 0)
  handler.answer('late')
  await quiet(() => handler.started.length)
  assert.deepEqual(handler.started, ['late'])
  assert.deepEqual(logger.lines, [])
})

test('a response of several buffers arrives as one frame', async (t) => {
  const handler: FrameHandler = {
    mayOverlap: () => false,
    isTransient: () => false,
    handle: () => ({ buffers: [Buffer.from([0, 0, 0, 6]), Buffer.from('abc'), Buffer.from('def')] }),
  }
  const { connect } = await startServer(t, { handler })
  const peer = await connect()
  peer.send('x')
  assert.deepEqual(await peer.received(1), ['abcdef'])
})

/** Waits until a figure stays the same for a hundred turns of the event loop. */
async function quiet(figure: () => number): Promise<void> {
  let turns = 0
  let last = figure()
  await until(() => {
    turns = figure() === last ? turns + 1 : 0
    last = figure()
    return turns > 100
  })
}
