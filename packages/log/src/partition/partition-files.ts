import type { Disk } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'

/** The names of the files in a partition's directory, kept true while a start tidies it up. It knows no kinds of file. */
export class PartitionFiles {
  readonly disk: Disk
  readonly directory: string
  readonly #names: Set<string>

  private constructor(disk: Disk, directory: string, names: Set<string>) {
    this.disk = disk
    this.directory = directory
    this.#names = names
  }

  /** Reads the directory, which must be there. */
  static async read(disk: Disk, directory: string): Promise<PartitionFiles> {
    const names = new Set<string>()
    for (const entry of await disk.readdir(directory)) {
      if (!entry.isDirectory) names.add(entry.name)
    }
    return new PartitionFiles(disk, directory, names)
  }

  get names(): ReadonlySet<string> {
    return this.#names
  }

  path(name: string): string {
    return `${this.directory}/${name}`
  }

  async unlink(name: string): Promise<void> {
    this.#names.delete(name)
    await unlinkIfExists(this.disk, this.path(name))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.disk.rename(this.path(from), this.path(to))
    this.#names.delete(from)
    this.#names.add(to)
  }

  /** Somebody else has removed the file, if it was there. */
  forget(name: string): void {
    this.#names.delete(name)
  }
}
