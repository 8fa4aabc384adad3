import type { ToolIo } from './tool.js'

/** The process that runs the tool. */
export function processIo(): ToolIo {
  let interrupted: AbortController | undefined
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
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
      return controller.signal
    },
  }
}
