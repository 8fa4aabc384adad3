/** Colours, where a person looks: at a terminal, unless NO_COLOR says otherwise. What is piped has none. */
import type { ToolIo } from './tool.js'

type Output = 'stdout' | 'stderr'

/** Whether what is written there is seen in colours. */
export function hasColours(io: Pick<ToolIo, Output | 'env'>, output: Output): boolean {
  const { NO_COLOR: noColours, TERM: terminal } = io.env
  return io[output].isTTY === true && !noColours && terminal !== 'dumb'
}

export function red(text: string): string {
  return `\u001b[31m${text}\u001b[39m`
}
