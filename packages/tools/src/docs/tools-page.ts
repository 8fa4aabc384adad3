/** docs/TOOLS.md, from the tables of options. */
import type { Tool } from '../command-line/tool.js'
import { describe, optionSyntax } from '../command-line/usage.js'
import { commandLines } from '../command-lines.js'
import { umbrellaNames } from '../millrace/umbrella-names.js'

export async function toolsPage(): Promise<string> {
  const tools = await Promise.all(Object.values(commandLines).map((load) => load()))
  const short = new Map([...umbrellaNames()].map(([word, name]) => [name, word]))
  return [
    '# Command lines',
    '',
    'Kafka’s own, in `bin/` of a clone with and without `.sh`, and as commands after an installation of `@millrace/tools`. Options, output and',
    'exit codes are those of Apache Kafka 3.9; old spellings (`--broker-list`, `--zookeeper`) are taken. They work with any Kafka.',
    '`millrace topics` is short for `kafka-topics`, and so on; it talks to `localhost:9092` if no broker is named.',
    '',
    'What Kafka’s tools lack: `--output json`, completion (`source <(millrace completion bash)`, zsh, fish), `millrace doctor`, and the nearest',
    'match for a misspelt option or property. `--help` prints to stdout with exit code 0. What goes wrong is one sentence on stderr, never a',
    'stack trace.',
    '',
    'This page is made from the tables of options: `npm run docs`.',
    '',
    ...tools.map((tool) => `- [${tool.name}](#${tool.name}): ${tool.summary}`),
    '',
    ...tools.flatMap((tool) => section(tool, tool.name, short.get(tool.name))),
  ].join('\n')
}

function section(tool: Tool, name: string, shortName?: string): readonly string[] {
  const { summary, options, words, commands = {} } = tool
  const shown = Object.entries(options).filter(([, { replacedBy }]) => replacedBy === undefined)
  const former = Object.entries(options).filter(([, { replacedBy }]) => replacedBy !== undefined)
  return [
    shortName === undefined ? `### ${name}` : `## ${name}`,
    '',
    `${summary}${shortName === undefined ? '' : ` In short: \`millrace ${shortName}\`.`}`,
    '',
    ...(words === undefined ? [] : [`Beside options: \`${words}\`.`, '']),
    ...(shown.length === 0 ? [] : ['| option | |', '| --- | --- |']),
    ...shown
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([option, spec]) => `| \`${cell(optionSyntax(option, spec))}\` | ${cell(describe(spec))} |`),
    ...(shown.length === 0 ? [] : ['']),
    ...former.flatMap(([option, { replacedBy }]) => [`\`--${option}\` is an old name of \`--${replacedBy}\`.`, '']),
    ...Object.entries(commands).flatMap(([word, command]) => section(command, `${name} ${word}`)),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
