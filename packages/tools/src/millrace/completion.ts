/** `millrace completion bash|zsh|fish`: completes commands, options and their values. */

import { UsageError } from '../command-line/parse-options.js'
import { defineTool, type Tool } from '../command-line/tool.js'
import { commandLines } from '../command-lines.js'
import { umbrellaNames } from './umbrella-names.js'

export const completion = defineTool({
  name: 'completion',
  summary: 'Prints what a shell needs to complete these command lines: source <(millrace completion bash)',
  words: 'bash|zsh|fish',
  options: {},
  async run({ words, print }) {
    const [shell = ''] = words
    const script = scripts[shell]
    if (script === undefined) throw new UsageError('One of bash, zsh and fish has to be named')
    const tools = new Map<string, Tool>()
    for (const [name, load] of Object.entries(commandLines)) tools.set(name, await load())
    print(script(tools))
  },
})

type Script = (tools: ReadonlyMap<string, Tool>) => string

const scripts: Readonly<Record<string, Script>> = {
  bash: (tools) => bashScript(tools),
  zsh: (tools) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(tools)}`,
  fish: (tools) =>
    [...tools]
      .flatMap(([name, tool]) => [name, `${name}.sh`].flatMap((command) => fishLines(command, tool)))
      .join('\n'),
}

function bashScript(tools: ReadonlyMap<string, Tool>): string {
  const cases = [...tools].map(([name, tool]) => `    ${name}) echo '${words(tool).join(' ')}' ;;`)
  const short = [...umbrellaNames()].map(([word, name]) => `    ${word}) echo ${name} ;;`)
  const names = [...tools.keys()].flatMap((name) => [name, `${name}.sh`])
  return `_millrace_options() {
  case "$1" in
${cases.join('\n')}
  esac
}
_millrace_tool() {
  case "$1" in
${short.join('\n')}
    *) echo "$1" ;;
  esac
}
_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" tool="$(basename "$1" .sh)" wanted
  if [ "$tool" = millrace ]; then
    if [ "$COMP_CWORD" = 1 ]; then
      wanted='${[...umbrellaNames().keys(), 'completion', 'doctor', 'start', 'zookeeper-copy'].join(' ')}'
    else
      wanted="$(_millrace_options "$(_millrace_tool "\${COMP_WORDS[1]}")")"
    fi
  else
    wanted="$(_millrace_options "$tool")"
  fi
  COMPREPLY=($(compgen -W "$wanted" -- "$current"))
}
complete -o default -F _millrace millrace ${names.join(' ')}`
}

function words(tool: Tool): readonly string[] {
  const options = Object.entries(tool.options).filter(([, { replacedBy }]) => replacedBy === undefined)
  const choices = options.flatMap(([, { choices: all = [] }]) => all)
  return [
    ...Object.keys(tool.commands ?? {}),
    ...options.map(([name]) => `--${name}`),
    '--help',
    '--version',
    ...choices,
  ]
}

function fishLines(command: string, tool: Tool): readonly string[] {
  return Object.entries(tool.options)
    .filter(([, { replacedBy }]) => replacedBy === undefined)
    .map(([name, { description, takes, choices = [] }]) => {
      const value = takes === 'never' ? '' : ` -r${choices.length === 0 ? '' : ` -a '${choices.join(' ')}'`}`
      return `complete -c ${command} -l ${name}${value} -d '${description.replaceAll("'", '’')}'`
    })
}
