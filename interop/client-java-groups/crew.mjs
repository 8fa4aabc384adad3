// The members of one group, of Java's and ours, each a process of its own; what they own, and what they have read.
import { fileURLToPath } from 'node:url'
import { compileJava, javaArgs } from '../lib/java.mjs'
import { startProgram, until } from '../lib/programs.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
/** A rebalance that begins just when all looks well shows within this time. */
const steadyMs = 1000

/** `java`, with the arguments of a program of src/. */
export async function javaCommand(line, program, args) {
  const classes = await compileJava('client-java-groups', line, [here('src')])
  return ['java', [...javaArgs(line, { heapMb: 128, classes: [classes] }), program, ...args]]
}

export class Crew {
  #bootstrap
  #group
  #topic
  #partitions
  #members = new Map()
  /** Of all members that ever were, `partition offset value` each. */
  #left = []

  constructor({ bootstrap, group, topic, partitions }) {
    this.#bootstrap = bootstrap
    this.#group = group
    this.#topic = topic
    this.#partitions = partitions
  }

  /** `kind`: `ours`, or a line of Java's clients. */
  async join(name, kind, assignors) {
    const args = [this.#bootstrap, this.#group, this.#topic, assignors]
    const [command, all] =
      kind === 'ours' ? [process.execPath, [here('member.mjs'), ...args]] : await javaCommand(kind, 'Member', args)
    this.#members.set(name, startProgram(command, all))
  }

  /** Its input ends, and with it the membership. */
  async leave(name) {
    const member = this.#take(name)
    member.endInput()
    const { code } = await member.exited
    this.#left.push(...readBy(member))
    if (code !== 0) throw new Error(`A member did not end well:\n${member.describe()}`)
  }

  /** kill -9 */
  async kill(name) {
    const member = this.#take(name)
    member.kill('SIGKILL')
    await member.exited
    this.#left.push(...readBy(member))
  }

  async dispose() {
    for (const name of [...this.#members.keys()]) await this.kill(name)
  }

  /** Waits until every partition has one owner, every member a part, and it stays so. */
  async settle() {
    const parts = () => [...this.#members.values()].map(ownedBy)
    const isShared = () => {
      for (const member of this.#members.values()) if (member.ended) throw new Error(member.describe())
      const owned = parts().flat()
      return (
        owned.length === this.#partitions &&
        new Set(owned).size === this.#partitions &&
        parts().every((part) => part.length > 0)
      )
    }
    let last
    let sinceMs = 0
    const describe = () => [...this.#members].map(([name, member]) => `${name}: ${ownedBy(member)}`).join('; ')
    await until(
      () => {
        const now = isShared() ? describe() : undefined
        if (now !== last) sinceMs = performance.now()
        last = now
        return now !== undefined && performance.now() - sinceMs > steadyMs
      },
      { what: 'one owner of each partition', timeoutMs: 45_000, everyMs: 50 },
    ).catch((error) => {
      const members = [...this.#members.values()].map((member) => member.describe()).join('\n')
      throw new Error(`${error.message}\n${describe()}\n${members}`)
    })
  }

  /** What was read, with its repetitions. */
  get read() {
    return [...this.#left, ...[...this.#members.values()].flatMap(readBy)]
  }

  #take(name) {
    const member = this.#members.get(name)
    this.#members.delete(name)
    return member
  }
}

/** Lines that are whole. */
function linesOf({ stdout }, word) {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n')
  return whole.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
}

function readBy(member) {
  return linesOf(member, 'read')
}

function ownedBy(member) {
  return (linesOf(member, 'owns').at(-1) ?? '')
    .split(',')
    .filter((text) => text !== '')
    .map(Number)
}
