// What happens to the broker and to connections, at random from a seed. Some of it is a time in which nobody can make progress:
// the broker is away, or all connections are silent. That time is not held against the clients. Some connections that are
// silent, broken or slow are: there are always others.
import { requestTimeoutMs, sleep } from './settings.mjs'

const brokerFaultEveryMs = 20_000
const networkFaultEveryMs = 4000
const recentCount = 12
const stopMs = 60_000
/** A silence that has begun ends, and what was not answered is asked again. */
const settlingMs = 3 * requestTimeoutMs

export class Faults {
  /** By kind. */
  counts = {}
  /** The latest ones, for messages. */
  recent = []
  #broker
  #proxy
  #random
  #canBeKilled
  #forgetsSequences
  #isNetworkSpared = false
  #outages = 0
  #clearSince
  #clearMs = 0
  #isStopped = false
  #running

  /**
   * `canBeKilled`: it comes up again after kill -9. `forgetsSequences`: after a clean restart it knows the last batch of each
   * producer alone, as Apache's do. Of several that were written, and whose acknowledgements were lost just then, it refuses
   * the first as out of order; a producer writes them again, Java's too.
   */
  constructor({ broker, proxy, random, canBeKilled, forgetsSequences }) {
    this.#broker = broker
    this.#proxy = proxy
    this.#random = random
    this.#canBeKilled = canBeKilled
    this.#forgetsSequences = forgetsSequences
    this.#clearSince = performance.now()
  }

  /** For how long clients could have made progress by now. */
  get clearMs() {
    return this.#clearMs + (this.#outages === 0 ? performance.now() - this.#clearSince : 0)
  }

  start() {
    this.#running = Promise.all([
      this.#repeat(brokerFaultEveryMs, () => this.#strikeBroker()),
      this.#repeat(networkFaultEveryMs, () => this.#strikeNetwork()),
    ])
    this.#running.catch(() => {}) // stop() tells.
  }

  /** Everything works again when it resolves. Errors: a broker that did not come back. */
  async stop() {
    this.#isStopped = true
    await this.#running
  }

  note(kind) {
    const at = `${(performance.now() / 1000).toFixed(1)} s`
    this.recent = [...this.recent, `${at} ${kind}`].slice(-recentCount)
  }

  async #repeat(everyMs, strike) {
    for (;;) {
      const until = performance.now() + everyMs / 2 + this.#random.below(everyMs)
      while (performance.now() < until) {
        if (this.#isStopped) return
        await sleep(100)
      }
      await strike()
    }
  }

  async #strikeBroker() {
    const kind = this.#random.pick(['SIGTERM', 'SIGSTOP', this.#canBeKilled ? 'SIGKILL' : 'SIGTERM'])
    if (kind === 'SIGTERM' && this.#forgetsSequences) {
      this.#isNetworkSpared = true
      await sleep(settlingMs)
    }
    this.#count(kind)
    await this.#outage(async () => {
      if (kind === 'SIGSTOP') {
        this.#broker.signal('SIGSTOP')
        await sleep(1000 + this.#random.below(7000))
        this.#broker.signal('SIGCONT')
        return
      }
      // A broker that is its own controller tells itself by the proxy that it leaves, and takes its time to give up.
      if (kind === 'SIGTERM') await this.#broker.stop({ limitMs: stopMs })
      else await this.#broker.kill()
      await sleep(this.#random.below(3000))
      await this.#broker.start()
    })
    this.#isNetworkSpared = false
    this.note('the broker is back')
  }

  async #strikeNetwork() {
    if (this.#isNetworkSpared) return
    const proxy = this.#proxy
    const kind = this.#random.pick(['reset some', 'reset all', 'silence some', 'silence all', 'forget some', 'delay'])
    this.#count(kind)
    const some = [...proxy.connections].filter(() => this.#random.chance(0.3))
    const silenceMs = requestTimeoutMs + this.#random.below(3000)
    switch (kind) {
      case 'reset some':
        for (const connection of some) connection.reset()
        return
      case 'reset all':
        for (const connection of [...proxy.connections]) connection.reset()
        return
      case 'forget some':
        proxy.forget(some)
        return
      case 'silence some':
        await silence(some, silenceMs)
        return
      case 'silence all':
        await this.#outage(() => silence([...proxy.connections], silenceMs))
        return
      case 'delay':
        proxy.delayMs = 20 + this.#random.below(200)
        await sleep(3000)
        proxy.delayMs = 0
    }
  }

  #count(kind) {
    this.note(kind)
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  async #outage(act) {
    if (this.#outages++ === 0) this.#clearMs += performance.now() - this.#clearSince
    try {
      await act()
    } finally {
      if (--this.#outages === 0) this.#clearSince = performance.now()
    }
  }
}

async function silence(connections, ms) {
  for (const connection of connections) connection.silence()
  await sleep(ms)
  for (const connection of connections) connection.resume()
}
