/** The formatters that there are, by the names of Java's classes. */
import { ToolError } from '../command-line/tool.js'
import { internalTopicFormatters } from '../internal-topics/formatter-classes.js'
import type { Formatter } from './formatter.js'

/** What a formatter is made from. */
export interface FormatterOptions {
  readonly properties: ReadonlyMap<string, string>
  readonly complain: (line: string) => void
}

type Load = (options: FormatterOptions) => Promise<Formatter>

const defaultFormatter: Load = async ({ properties, complain }) =>
  (await import('./default-formatter.js')).defaultFormatter(properties, complain)

const byClass: Readonly<Record<string, Load>> = {
  DefaultMessageFormatter: defaultFormatter,
  LoggingMessageFormatter: async (options) => {
    const format = await defaultFormatter(options)
    return (record) => {
      const { timestampType, timestamp, rawKey, rawValue } = record
      options.complain(`${timestampType}:${timestamp}, key:${rawKey ?? 'null'}, value:${rawValue ?? 'null'}`)
      return format(record)
    }
  },
  NoOpMessageFormatter: async () => () => '',
}

/**
 * By the name of a Java class, its package left out or not: those of Kafka 3.9, and of 2.x (`kafka.tools.DefaultMessageFormatter`).
 * Errors: ToolError for a class that is not Kafka's.
 */
export async function formatterOf(className: string, options: FormatterOptions): Promise<Formatter> {
  const internal = internalTopicFormatters[className]
  if (internal !== undefined) {
    return ({ topic, partition, offset, rawKey, rawValue }) => {
      try {
        return internal(rawKey, rawValue) ?? ''
      } catch (error) {
        const record = `The record at offset ${offset} of ${topic}-${partition}`
        throw new ToolError(`${record} is none that ${className} can print: ${(error as Error).message}`)
      }
    }
  }
  const load = byClass[className.split(/[.$]/).at(-1) ?? '']
  if (load !== undefined) return await load(options)
  throw new ToolError(`--formatter ${className} is not there. There are: ${Object.keys(byClass).join(', ')}.`)
}
