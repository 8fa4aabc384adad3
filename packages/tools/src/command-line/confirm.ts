import { createInterface } from 'node:readline'
import type { OptionTable } from './option-table.js'
import type { Invocation } from './tool.js'

/** Whether the line that is typed is `y`. */
export async function confirmed(
  { io, print }: Pick<Invocation<OptionTable>, 'io' | 'print'>,
  question: string,
): Promise<boolean> {
  print(question)
  const lines = createInterface({ input: io.stdin })
  try {
    for await (const line of lines) return line.trim().toLowerCase() === 'y'
    return false
  } finally {
    lines.close()
  }
}
