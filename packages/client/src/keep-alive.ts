/**
 * Keeps the process from ending while somebody waits for a client that has no socket open: timers of a client do not, so that a
 * client that nobody waits for never keeps a process alive. One timer serves all.
 */
const FOR_EVER_MS = 2 ** 31 - 1

let holders = 0
let timer: NodeJS.Timeout | undefined

/** Until what is returned is called, which may be called again. */
export function holdProcess(): () => void {
  holders++
  if (holders === 1) timer = setInterval(() => {}, FOR_EVER_MS)
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    holders--
    if (holders === 0) clearInterval(timer)
  }
}
