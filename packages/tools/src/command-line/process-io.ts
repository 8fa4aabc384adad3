import { constants } from 'node:os'
import type { ToolIo } from './tool.js'

/** The process that runs the tool. */
export interface ProcessIo extends ToolIo {
  /** What the process ends with when its tool has ended with `code`: a signal that it was ended by counts more (130 for Ctrl-C). */
  exitCode(code: number): number
}

export function processIo(): ProcessIo {
  let interrupted: AbortController | undefined
  let signalNumber: number | undefined
  // Whoever reads the output has seen enough: `kafka-console-consumer … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (interrupted === undefined) process.exit(0)
    interrupted.abort()
  })
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    interruption() {
      if (interrupted !== undefined) return interrupted.signal
      const controller = new AbortController()
      interrupted = controller
      // A second one ends the process: the handlers are gone by then.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => {
          signalNumber = constants.signals[signal]
          controller.abort()
        })
      }
      return controller.signal
    },
    exitCode: (code) => (signalNumber === undefined ? code : 128 + signalNumber),
  }
}
