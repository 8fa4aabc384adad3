// Small disks of a test's own: one in memory, which fills up, and one that can be made to fail. Both need root on Linux;
// elsewhere tests are skipped with the reason.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** Why nothing can be mounted here; undefined where it can. */
export const noMounting = obstacleTo(() => mountTmpfs(1).unmount())
/** The same, for disks that fail. */
export const noFailingDisks = obstacleTo(() => mountFailingDisk(8).unmount())

/** A file system in memory. `unmount()` takes it away, with whatever is still open on it. */
export function mountTmpfs(mebibytes) {
  const path = mkdtempSync(join(tmpdir(), 'millrace-tmpfs-'))
  try {
    run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path])
  } catch (error) {
    rmdirSync(path)
    throw error
  }
  return {
    path,
    get freeBytes() {
      const { bavail, bsize } = statfsSync(path)
      return bavail * bsize
    },
    unmount: () => unmount(path),
  }
}

/**
 * An ext4 file system in a file. `fail()` makes it see an error and turn read-only, under open files too: writes get
 * EROFS from then on. `repair()` mounts it anew; nobody may have files open on it.
 */
export function mountFailingDisk(mebibytes) {
  const home = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  const path = join(home, 'mounted')
  const image = join(home, 'image')
  const mount = () => run('mount', ['-o', 'loop,errors=remount-ro', image, path])
  try {
    mkdirSync(path)
    writeFileSync(image, '')
    truncateSync(image, mebibytes * 1024 * 1024)
    run('mkfs.ext4', ['-q', image])
    mount()
  } catch (error) {
    rmSync(home, { recursive: true })
    throw error
  }
  return {
    path,
    fail() {
      const line = readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .find((each) => each.includes(` ${path} `))
      writeFileSync(`/sys/fs/ext4/${basename(line.split(' ')[0])}/trigger_fs_error`, '1')
    },
    /** For so long whoever writes waits in the kernel. It passes by itself: even a kill has to wait for it. */
    freezeFor(ms) {
      run('fsfreeze', ['--freeze', path])
      const thaw = ['-c', `sleep ${ms / 1000}; fsfreeze --unfreeze "$0"`, path]
      const thawing = spawn('sh', thaw, { detached: true, stdio: 'ignore' })
      return once(thawing, 'exit')
    },
    repair() {
      run('umount', [path])
      mount()
    },
    unmount() {
      unmount(path)
      rmSync(home, { recursive: true })
    },
  }
}

function unmount(path) {
  run('umount', ['-l', path])
  rmdirSync(path)
}

function obstacleTo(mounting) {
  if (process.platform !== 'linux') return 'mounting is for Linux here'
  if (process.getuid() !== 0) return 'mounting needs root'
  try {
    mounting()
    return undefined
  } catch (error) {
    return `mounting is not allowed here: ${error.message}`
  }
}

function run(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr.trim()}`)
}
