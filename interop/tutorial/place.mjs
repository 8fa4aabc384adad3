// Where the tutorial is typed. Its ports, folders and host name are those of a whole machine: in namespaces of Linux of
// its own nothing else has taken them, and it is typed as printed. Where these cannot be had, other ports and folders
// stand in for them.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../lib/network.mjs'
import { startProgram } from '../lib/programs.mjs'

const folders = ['/tmp/kafka-logs', '/tmp/zookeeper']

/**
 * A place whose servers keep their data below `home`: `asPrinted`; `launcher`, the command line that starts the one
 * behind it there; `here(text)`, a text of the tutorial with what stands for its names there; `leave()`.
 */
export async function findPlace(home) {
  return (await namespaces(home)) ?? (await otherPorts(home))
}

/** Undefined where this user cannot have them. */
async function namespaces(home) {
  const hosts = join(home, 'hosts')
  writeFileSync(hosts, `${readFileSync('/etc/hosts', 'utf8')}\n127.0.0.1 my-kafka\n`)
  const made = folders.filter((folder) => mkdirSync(folder, { recursive: true }) !== undefined)
  const mounts = folders.map((folder) => {
    const own = join(home, folder)
    mkdirSync(own, { recursive: true })
    return `mount --bind ${own} ${folder}`
  })
  const script = ['ip link set lo up', ...mounts, `mount --bind ${hosts} /etc/hosts`, 'echo ready', 'exec cat']
  const isRoot = process.getuid?.() === 0
  const kinds = ['--net', '--mount', ...(isRoot ? [] : ['--user', '--map-root-user'])]
  // They are there as long as this process is.
  const holder = startProgram('unshare', [...kinds, 'sh', '-c', script.join(' && ')])
  const leave = async () => {
    holder.kill('SIGKILL')
    await holder.exited.catch(() => {}) // There is no such program.
    for (const folder of made) rmdirSync(folder)
  }
  try {
    await holder.waitFor(({ stdout }) => stdout.includes('ready'))
  } catch {
    await leave()
    return undefined
  }
  const into = ['--target', String(holder.pid), '--net', '--mount', ...(isRoot ? [] : ['--user'])]
  return {
    asPrinted: true,
    launcher: ['nsenter', ...into, '--preserve-credentials', '--'],
    here: (text) => text,
    leave,
  }
}

async function otherPorts(home) {
  const names = new Map([
    ['my-kafka', 'localhost'],
    ['9092', String(await freePort())],
    ['2181', String(await freePort())],
    ...folders.map((folder) => [folder, join(home, folder)]),
  ])
  const pattern = new RegExp([...names.keys()].join('|'), 'g')
  return {
    asPrinted: false,
    launcher: [],
    here: (text) => text.replace(pattern, (name) => names.get(name)),
    leave: async () => {},
  }
}
