import { spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs this process's tool in the background with `args` in the place of the `replaced` last arguments, its output in
 * `logs/<outputFile>` (or under $LOG_DIR), as Apache's scripts do.
 */
export function startDaemon(
  args: readonly string[],
  options: { readonly replaced: number; readonly outputFile: string },
): void {
  const logDir = process.env['LOG_DIR'] ?? join(process.cwd(), 'logs')
  mkdirSync(logDir, { recursive: true })
  const out = openSync(join(logDir, options.outputFile), 'a')
  const command = process.argv.slice(1, -options.replaced)
  spawn(process.execPath, [...process.execArgv, ...command, ...args], {
    detached: true,
    stdio: ['ignore', out, out],
  }).unref()
}
