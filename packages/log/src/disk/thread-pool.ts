/** What libuv takes where nobody says anything else. */
const DEFAULT_THREADS = 4
const MAX_THREADS = 1024

/** How many operations on files this process has under way at a time: the threads of libuv's pool. */
export function threadPoolSize(environment: NodeJS.ProcessEnv = process.env): number {
  const set = Number.parseInt(environment['UV_THREADPOOL_SIZE'] ?? '', 10)
  return Number.isNaN(set) ? DEFAULT_THREADS : Math.min(Math.max(set, 1), MAX_THREADS)
}

/**
 * How many of them one of so many disks may have in operations that a stalled disk holds up: at most half, at least a quarter,
 * so that a stalled one leaves the others some.
 */
export function threadsOfOneDisk(disks: number, threads = threadPoolSize()): number {
  return Math.max(1, Math.floor(threads / Math.min(Math.max(disks + 1, 2), 4)))
}
