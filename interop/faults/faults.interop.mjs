// Faults of a real process on a real machine: disks that fill up, fail or stall, a clock that steps, a process that stands
// still, clients that mean harm.
import './disk-full.mjs'
import './log-dir.mjs'
import './stalled-disk.mjs'
import './pauses.mjs'
import './clock.mjs'
import './hostile.mjs'
