// Which processor cores the broker and its clients get.
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** `{ name, broker, clients }`: lists of cores as taskset takes them. */
export function pinned(core) {
  const others = allCores().filter((each) => each !== core)
  return { name: 'pinned', broker: String(core), clients: others.length > 0 ? others.join(',') : String(core) }
}

export function unpinned() {
  const all = allCores().join(',')
  return { name: 'unpinned', broker: all, clients: all }
}

/** The command line that runs a program on some cores only. taskset becomes the program: the pid stays. */
export function onCores(list, command, args) {
  return ['taskset', ['-c', list, command, ...args]]
}

/** Moves this process, which runs some of the clients. */
export function moveSelf(list) {
  spawnSync('taskset', ['-a', '-p', '-c', list, String(process.pid)])
}

export function coreCount() {
  return allCores().length
}

export function canPin() {
  return process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0
}

function allCores() {
  return cpus().map((_, index) => index)
}
