/**
 * The files and directories of a simulated disk: what is in them now, and what of it is on the platters.
 *
 * A file has its bytes and those of its last sync. A directory has its names, those of its last sync, and the changes
 * since then in their order, as a journal has them. It knows no paths, no faults and no time.
 */

export type Entry = SimulatedInode | SimulatedDirectory

/** Bytes that reach the platters together, or not at all. */
const SECTOR_BYTES = 512

/** A file. */
export class SimulatedInode {
  readonly kind = 'file'
  readonly id: string
  /** Where it is; `undefined` once it is removed. */
  place: { readonly parent: SimulatedDirectory; readonly name: string } | undefined
  synced: Buffer = Buffer.alloc(0)
  modifiedMs: number
  #content: Buffer = Buffer.alloc(0)
  #sizeInBytes = 0

  constructor(id: string, nowMs: number) {
    this.id = id
    this.modifiedMs = nowMs
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  /** A view of all bytes. */
  bytes(): Buffer {
    return this.#content.subarray(0, this.#sizeInBytes)
  }

  resize(sizeInBytes: number): void {
    if (sizeInBytes > this.#content.length) {
      const grown = Buffer.alloc(Math.max(sizeInBytes, this.#content.length * 2, 1024))
      this.bytes().copy(grown)
      this.#content = grown
    }
    if (sizeInBytes < this.#sizeInBytes) this.#content.fill(0, sizeInBytes, this.#sizeInBytes)
    this.#sizeInBytes = sizeInBytes
  }

  write(bytes: Buffer, position: number): void {
    if (position + bytes.length > this.#sizeInBytes) this.resize(position + bytes.length)
    bytes.copy(this.#content, position)
  }

  sync(): void {
    this.synced = Buffer.from(this.bytes())
  }

  /** These bytes, on the platters. */
  replace(content: Buffer): void {
    this.#content = Buffer.from(content)
    this.#sizeInBytes = content.length
    this.synced = Buffer.from(content)
  }

  /** What a power cut leaves: of each sector that was not synced either the old or the new bytes, and of the sizes one. */
  tornContent(random: () => number): Buffer {
    const now = this.bytes()
    if (now.equals(this.synced)) return this.synced
    const largest = Math.max(now.length, this.synced.length)
    const smallest = Math.min(now.length, this.synced.length)
    const sizes = [now.length, this.synced.length, smallest + Math.floor(random() * (largest - smallest + 1))]
    const content = Buffer.alloc(sizes[Math.floor(random() * sizes.length)] ?? 0)
    const newShare = random()
    for (let at = 0; at < content.length; at += SECTOR_BYTES) {
      const source = random() < newShare ? now : this.synced
      const end = Math.min(at + SECTOR_BYTES, content.length, source.length)
      if (at < end) source.copy(content, at, at, end)
    }
    return content
  }
}

/** A change of a directory's names: what each stands for afterwards, `undefined` for nothing. */
type NameChange = ReadonlyMap<string, Entry | undefined>

/** A directory. */
export class SimulatedDirectory {
  readonly kind = 'directory'
  readonly id: string
  place: { readonly parent: SimulatedDirectory; readonly name: string } | undefined
  #names = new Map<string, Entry>()
  #synced = new Map<string, Entry>()
  #journal: NameChange[] = []

  constructor(id: string) {
    this.id = id
  }

  get names(): ReadonlyMap<string, Entry> {
    return this.#names
  }

  set(name: string, entry: Entry): void {
    this.#change(new Map([[name, entry]]))
  }

  remove(name: string): void {
    this.#change(new Map([[name, undefined]]))
  }

  /** Both names change together, or neither does. */
  move(from: string, to: string, entry: Entry): void {
    this.#change(
      new Map<string, Entry | undefined>([
        [from, undefined],
        [to, entry],
      ]),
    )
  }

  sync(): void {
    this.#synced = new Map(this.#names)
    this.#journal = []
  }

  /** What a power cut leaves: the names of the last sync, and as many of the changes since then as the journal has. */
  cut(changes: (count: number) => number): void {
    const kept = this.#journal.slice(0, changes(this.#journal.length))
    this.#names = new Map(this.#synced)
    for (const change of kept) apply(this.#names, change)
    this.sync()
    for (const [name, entry] of this.#names) entry.place = { parent: this, name }
  }

  #change(change: NameChange): void {
    this.#journal.push(change)
    for (const [name, entry] of change) {
      const replaced = this.#names.get(name)
      if (replaced !== undefined && replaced.place?.parent === this && replaced.place.name === name) {
        replaced.place = undefined
      }
      if (entry !== undefined) entry.place = { parent: this, name }
    }
    apply(this.#names, change)
  }
}

function apply(names: Map<string, Entry>, change: NameChange): void {
  for (const [name, entry] of change) {
    if (entry === undefined) names.delete(name)
    else names.set(name, entry)
  }
}

/** Every directory from this one on, each before those in it. */
export function* directoriesFrom(directory: SimulatedDirectory): Generator<SimulatedDirectory> {
  yield directory
  for (const entry of directory.names.values()) if (entry.kind === 'directory') yield* directoriesFrom(entry)
}

export function pathOf(entry: Entry): string {
  let path = ''
  for (let at = entry; ; at = at.place.parent) {
    if (at.place === undefined) return path === '' ? '(removed)' : path
    path = `/${at.place.name}${path}`
  }
}

export function usedBytes(root: SimulatedDirectory): number {
  let used = 0
  for (const directory of directoriesFrom(root)) {
    for (const entry of directory.names.values()) if (entry.kind === 'file') used += entry.sizeInBytes
  }
  return used
}
