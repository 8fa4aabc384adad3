// A terminal in the clone: a line is typed as it is printed, and what the program says is seen.
import { runProgram, startProgram } from '../lib/programs.mjs'

export class Terminal {
  #place
  #env

  /** `home`: servers that are started here are noted in it, so that no others are stopped. */
  constructor({ place, clone, home }) {
    this.#place = place
    this.#env = {
      CONFLUENT_HOME: clone,
      PATH: `${clone}/bin:${process.env.PATH}`,
      MILLRACE_RUN_DIR: `${home}/run`,
    }
  }

  /** Starts what goes on until Ctrl-C or until it is stopped. */
  start(line) {
    const [command, ...args] = this.#commandLine(line)
    return startProgram(command, args, { env: this.#env })
  }

  /** Runs what ends by itself, or with its input. Resolves to `{ code, stdout, stderr }`. */
  run(line, input = '') {
    const [command, ...args] = this.#commandLine(line)
    return runProgram(command, args, { env: this.#env, input: this.#place.here(input) })
  }

  /** Runs what goes on until Ctrl-C, which is pressed once `condition(program)` holds. */
  async untilCtrlC(line, condition, input = '') {
    const program = this.start(line)
    program.write(this.#place.here(input))
    try {
      await program.waitFor(condition)
    } finally {
      program.kill('SIGINT')
    }
    const { code } = await program.exited
    return { code, stdout: program.stdout, stderr: program.stderr }
  }

  /** The shell gives its place to the program, so that Ctrl-C is for that. */
  #commandLine(line) {
    const { launcher, here } = this.#place
    return [...launcher, 'bash', '-c', `cd "$CONFLUENT_HOME" && exec ${here(line)}`]
  }
}
