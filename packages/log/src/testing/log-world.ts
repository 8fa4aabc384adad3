/** A log manager's world: one simulated disk, one clock, processes that come and go. */
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../core/log-config.js'
import { LogManager } from '../manager/log-manager.js'
import type { LogManagerOptions } from '../manager/log-manager-options.js'
import { FakeProcesses } from './fake-processes.js'
import { testEnvironment } from './fixtures.js'
import { ManualTime } from './manual-time.js'
import { SimulatedDisk } from './simulated-disk.js'

/** See above. */
export class LogWorld {
  readonly time = new ManualTime()
  readonly disk: SimulatedDisk
  readonly warnings: string[] = []
  config: Partial<LogConfig> = {}
  readonly #processes = new FakeProcesses(1)
  #lives = 1

  constructor(disk?: SimulatedDisk) {
    this.disk = disk ?? new SimulatedDisk({ nowMs: () => this.time.nowMs() })
  }

  /** The same world, from here on: what happens in one does not happen in the other. No process runs in it. */
  copy(): LogWorld {
    const copy = new LogWorld(this.disk.clone())
    copy.config = this.config
    copy.#lives = this.#lives
    copy.#nextProcess()
    return copy
  }

  /** Opens `/one` and `/two`, unless told otherwise. */
  open(options: Partial<LogManagerOptions> = {}): Promise<LogManager> {
    return LogManager.open({
      environment: testEnvironment(this.disk, this.time, this.warnings),
      directories: ['/one', '/two'],
      brokerId: 0,
      clusterId: 'cluster',
      configOf: () => ({ ...DEFAULT_LOG_CONFIG, ...this.config }),
      processes: this.#processes,
      ...options,
    })
  }

  /** The process dies; what it wrote stays. The next one may start. */
  die(): void {
    this.disk.crash()
    this.#nextProcess()
  }

  /** The machine loses power, see {@link SimulatedDisk.powerCut}. */
  powerCut(random?: () => number): void {
    this.disk.powerCut(random)
    this.#nextProcess()
  }

  #nextProcess(): void {
    this.#lives += 1
    this.#processes.kill(1)
    this.#processes.become(1, `boot/${this.#lives}`)
  }
}
