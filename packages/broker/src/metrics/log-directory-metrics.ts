/** The log directories: which are in use, and how much room is left. Asked of the disk before each scrape. */
import type { LogDirectoryDescription } from '@millrace/log'
import { type MetricFamily, type Preparation, seriesOf, singleValue } from './metrics-registry.js'

export class LogDirectoryMetrics {
  readonly #describe: () => Promise<readonly LogDirectoryDescription[]>
  #directories: readonly LogDirectoryDescription[] = []
  #isAsking = false

  constructor(describe: () => Promise<readonly LogDirectoryDescription[]>) {
    this.#describe = describe
  }

  /** A disk that hangs is asked once, not again at each scrape. */
  readonly prepare: Preparation = async () => {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      this.#directories = await this.#describe()
    } finally {
      this.#isAsking = false
    }
  }

  families(): MetricFamily[] {
    const space = (name: string, help: string, read: (directory: LogDirectoryDescription) => number) =>
      seriesOf('gauge', name, help, () =>
        this.#directories
          .filter(({ error }) => error === undefined)
          .map((found) => [{ logdir: found.path }, read(found)]),
      )
    return [
      singleValue(
        'gauge',
        'kafka_log_logmanager_offlinelogdirectorycount',
        'Log directories that cannot be used.',
        () => this.#directories.filter(({ error }) => error !== undefined).length,
      ),
      seriesOf('gauge', 'kafka_log_logmanager_logdirectoryoffline', '1 if the log directory cannot be used.', () =>
        this.#directories.map(({ path, error }) => [{ logdirectory: path }, error === undefined ? 0 : 1]),
      ),
      space('millrace_logdir_free_bytes', 'Room left on the disk of a log directory.', ({ freeBytes }) => freeBytes),
      space('millrace_logdir_total_bytes', 'Size of the disk of a log directory.', ({ totalBytes }) => totalBytes),
    ]
  }
}
