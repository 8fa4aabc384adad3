/** The folders of a server that runs by itself, as one: snapshots in `dataDir`, the log in `dataLogDir`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerConfig } from '../../config/server-config.js'
import { NodeStoreDirectory } from '../../store/node-ports.js'
import type { AppendFile, AppendOptions, StoreDirectory } from '../../store/ports.js'
import { StoreError } from '../../store/store-error.js'

/** Where Apache ZooKeeper keeps its files. */
const APACHE_FOLDER = 'version-2'

/** Errors: StoreError FOREIGN for the data of an Apache ZooKeeper. */
export async function openServerDirectory(config: ServerConfig): Promise<StoreDirectory> {
  const { dataDir, dataLogDir, forceSync } = config
  for (const folder of new Set([dataDir, dataLogDir])) {
    if (existsSync(join(folder, APACHE_FOLDER))) {
      throw new StoreError(
        'FOREIGN',
        `${folder} holds the data of an Apache ZooKeeper (${APACHE_FOLDER}), whose files are others than ours: ` +
          'choose another dataDir, and copy the nodes from one running server to the other',
      )
    }
  }
  const snapshots = await NodeStoreDirectory.open(dataDir, { forceSync })
  if (dataLogDir === dataDir) return snapshots
  return new SplitDirectory(snapshots, await NodeStoreDirectory.open(dataLogDir, { forceSync }))
}

class SplitDirectory implements StoreDirectory {
  readonly #snapshots: StoreDirectory
  readonly #logs: StoreDirectory

  constructor(snapshots: StoreDirectory, logs: StoreDirectory) {
    this.#snapshots = snapshots
    this.#logs = logs
  }

  async list(): Promise<readonly string[]> {
    return [...(await this.#snapshots.list()), ...(await this.#logs.list())]
  }

  async read(name: string): Promise<Buffer> {
    return await this.#of(name).read(name)
  }

  async openAppend(name: string, options?: AppendOptions): Promise<AppendFile> {
    return await this.#of(name).openAppend(name, options)
  }

  async erase(name: string, size: number): Promise<void> {
    await this.#of(name).erase(name, size)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#of(from).rename(from, to)
  }

  async remove(name: string): Promise<void> {
    await this.#of(name).remove(name)
  }

  async sync(): Promise<void> {
    await Promise.all([this.#snapshots.sync(), this.#logs.sync()])
  }

  #of(name: string): StoreDirectory {
    return name.endsWith('.log') ? this.#logs : this.#snapshots
  }
}
