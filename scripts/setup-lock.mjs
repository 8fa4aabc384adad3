// A lock file that holds its owner's pid, so that two programs started at once do not install or build at once.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isAlive, startTime } from './processes.mjs'

const pollMs = 200

/** Runs `work` while holding `path`. Waits for a living owner; takes over from a dead one. */
export async function withLock(path, say, work) {
  let told = false
  while (!tryLock(path)) {
    if (!told) say('Waiting for another setup of this folder to finish ...')
    told = true
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return work()
  } finally {
    release()
    process.removeListener('exit', release)
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, `${process.pid} ${startTime(process.pid)}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (ownerIsDead(path)) rmSync(path, { force: true })
  return false
}

function ownerIsDead(path) {
  try {
    const [pid, started = ''] = readFileSync(path, 'utf8').split(' ')
    if (!(Number(pid) > 0)) return false // Just created: its owner has not written its pid yet.
    return Number(pid) === process.pid || !isAlive(Number(pid), started)
  } catch {
    return false // It is gone: the next try tells.
  }
}
