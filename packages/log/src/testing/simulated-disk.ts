/**
 * A disk in memory, for tests and simulations.
 *
 * It keeps for every file what is written and what is synced, and for every directory the names that are there and
 * those that are synced (simulated-files.ts). {@link SimulatedDisk.powerCut} forgets the rest, or, from a seed, any part of
 * it; {@link SimulatedDisk.crash} keeps it, as when only the process dies. Both make all open files useless, so that
 * nothing of the dead process writes on.
 *
 * Faults are asked for by the test: no space, failing operations, flipped or missing bytes, operations that stall.
 * Every operation completes in a later microtask, in the order of the calls.
 */

import {
  type DirectoryEntry,
  type Disk,
  type DiskFile,
  type DiskSpace,
  EXCLUSIVE_BYTES_WHEN_FULL,
  type FileStat,
  hasCode,
} from '../disk/disk.js'
import { readFileIfExists } from '../disk/whole-files.js'
import { type DiskCall, DiskFaults, type DiskOperation, diskError } from './disk-faults.js'
import {
  directoriesFrom,
  type Entry,
  pathOf,
  SimulatedDirectory,
  SimulatedInode,
  usedBytes,
} from './simulated-files.js'

/** Options of {@link SimulatedDisk}. */
export interface SimulatedDiskOptions {
  /** Time for modification times. Default: always 0. */
  readonly nowMs?: () => number
  /** How much fits. Default: no limit. */
  readonly capacityBytes?: number
}

/** A {@link Disk} in memory, with faults. */
export class SimulatedDisk implements Disk {
  readonly #nowMs: () => number
  readonly #root = new SimulatedDirectory('00:01:1')
  #nextId = 2
  #generation = 0
  #capacityBytes: number
  readonly #faults = new DiskFaults()

  constructor(options: SimulatedDiskOptions = {}) {
    this.#nowMs = options.nowMs ?? (() => 0)
    this.#capacityBytes = options.capacityBytes ?? Number.MAX_SAFE_INTEGER
  }

  // --- Faults ---

  /** How much fits on the disk from now on. */
  setCapacityBytes(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  /** Calls made, for tests that count syncs. */
  get calls(): readonly DiskCall[] {
    return this.#faults.calls
  }

  /** Lets operations fail with this code. */
  fail(code: string, matches: (call: DiskCall) => boolean, options: { readonly times?: number } = {}): void {
    this.#faults.fail(code, matches, options.times ?? 1)
  }

  /** Ends all failures that were asked for. */
  repair(): void {
    this.#faults.repair()
  }

  /** Holds operations back until the function that is returned is called. */
  stall(matches: (call: DiskCall) => boolean): () => void {
    return this.#faults.stall(matches)
  }

  /** Changes one bit of a file, also of what is synced. */
  flipBit(path: string, position: number): void {
    const file = this.#file(path)
    for (const bytes of [file.bytes(), file.synced]) {
      if (position < bytes.length) bytes.writeUInt8(bytes.readUInt8(position) ^ 0x10, position)
    }
  }

  /** Cuts a file, also what is synced. */
  cut(path: string, sizeInBytes: number): void {
    const file = this.#file(path)
    file.resize(sizeInBytes)
    file.synced = file.synced.subarray(0, sizeInBytes)
  }

  /** The process dies: open files are gone, all that was written stays. */
  crash(): void {
    this.#generation += 1
  }

  /**
   * The machine loses power. What was not synced is gone, names as well as bytes; with `random` any part of it is there:
   * of each directory the first changes of names, of each file some sectors.
   */
  powerCut(random?: () => number): void {
    this.#generation += 1
    for (const directory of directoriesFrom(this.#root)) {
      directory.cut((count) => (random === undefined ? 0 : Math.floor(random() * (count + 1))))
      for (const entry of directory.names.values()) {
        if (entry.kind === 'file') entry.replace(random === undefined ? entry.synced : entry.tornContent(random))
      }
    }
  }

  /** A file's bytes as they are now. */
  contentOf(path: string): Buffer {
    return Buffer.from(this.#file(path).bytes())
  }

  /** Puts a file there, synced, with the directories above it. */
  put(path: string, content: Buffer): void {
    const { parent, name } = this.#place(path, true)
    const inode = new SimulatedInode(this.#newId(), this.#nowMs())
    inode.replace(content)
    parent.set(name, inode)
    for (const directory of directoriesFrom(this.#root)) directory.sync()
  }

  /** A copy of the disk as it is, without faults: to try several endings from one state. */
  clone(): SimulatedDisk {
    const copy = new SimulatedDisk({ nowMs: this.#nowMs })
    const fill = (from: SimulatedDirectory, to: SimulatedDirectory): void => {
      for (const [name, entry] of from.names) {
        if (entry.kind === 'directory') {
          const directory = new SimulatedDirectory(copy.#newId())
          to.set(name, directory)
          fill(entry, directory)
        } else {
          const inode = new SimulatedInode(copy.#newId(), entry.modifiedMs)
          inode.replace(entry.bytes())
          to.set(name, inode)
        }
      }
      to.sync()
    }
    fill(this.#root, copy.#root)
    return copy
  }

  // --- Disk ---

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    await this.begin('open', path)
    const { parent, name } = this.#place(path)
    let entry = parent.names.get(name)
    if (entry === undefined) {
      if (options.create !== true) throw diskError('ENOENT', path)
      this.#reserve(0, path)
      entry = new SimulatedInode(this.#newId(), this.#nowMs())
      parent.set(name, entry)
    }
    if (entry.kind === 'directory') throw diskError('EISDIR', path)
    return new SimulatedFile(this, entry, this.#generation)
  }

  async readSmallFile(path: string): Promise<Buffer | undefined> {
    return await readFileIfExists(this, path)
  }

  async createExclusive(path: string, content: Buffer): Promise<void> {
    await this.begin('open', path)
    const { parent, name } = this.#place(path)
    if (parent.names.has(name)) throw diskError('EEXIST', path)
    const isShort = content.length <= EXCLUSIVE_BYTES_WHEN_FULL
    if (!isShort) this.#reserve(content.length, path)
    const inode = new SimulatedInode(this.#newId(), this.#nowMs())
    parent.set(name, inode)
    inode.write(content, 0)
  }

  async readExclusive(path: string): Promise<Buffer | undefined> {
    return await readFileIfExists(this, path)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.begin('rename', from)
    const source = this.#place(from)
    const entry = source.parent.names.get(source.name)
    if (entry === undefined) throw diskError('ENOENT', from)
    const target = this.#place(to)
    const replaced = target.parent.names.get(target.name)
    if (replaced?.kind === 'directory' && replaced.names.size > 0) throw diskError('ENOTEMPTY', to)
    if (source.parent === target.parent) {
      source.parent.move(source.name, target.name, entry)
      return
    }
    source.parent.remove(source.name)
    target.parent.set(target.name, entry)
  }

  async unlink(path: string): Promise<void> {
    await this.begin('unlink', path)
    const { parent, name } = this.#place(path)
    const entry = parent.names.get(name)
    if (entry === undefined) throw diskError('ENOENT', path)
    if (entry.kind === 'directory') throw diskError('EISDIR', path)
    parent.remove(name)
  }

  async rmdir(path: string): Promise<void> {
    await this.begin('unlink', path)
    const directory = this.#directory(path)
    if (directory.names.size > 0) throw diskError('ENOTEMPTY', path)
    const { parent, name } = this.#place(path)
    parent.remove(name)
  }

  async mkdir(path: string): Promise<void> {
    await this.begin('mkdir', path)
    this.#place(`${path}/x`, true)
  }

  async readdir(path: string): Promise<DirectoryEntry[]> {
    await this.begin('readdir', path)
    const entries = [...this.#directory(path).names]
    return entries.map(([name, entry]) => ({ name, isDirectory: entry.kind === 'directory' }))
  }

  async stat(path: string): Promise<FileStat | undefined> {
    await Promise.resolve()
    const entry = this.#find(path)
    if (entry === undefined) return undefined
    if (entry.kind === 'directory') return { isDirectory: true, sizeInBytes: 0, modifiedMs: 0, id: entry.id }
    return { isDirectory: false, sizeInBytes: entry.sizeInBytes, modifiedMs: entry.modifiedMs, id: entry.id }
  }

  async syncDirectory(path: string): Promise<void> {
    await this.begin('syncDirectory', path)
    this.#directory(path).sync()
  }

  async space(): Promise<DiskSpace> {
    await Promise.resolve()
    const totalBytes = this.#capacityBytes
    return { totalBytes, freeBytes: Math.max(0, totalBytes - usedBytes(this.#root)) }
  }

  // --- For its files ---

  /** See {@link DiskFaults.begin}. */
  begin(operation: DiskOperation, path: string): Promise<void> {
    return this.#faults.begin(operation, path)
  }

  isStale(generation: number): boolean {
    return generation !== this.#generation
  }

  /** Writes as much as fits, then fails if that was not all: as a real disk does. */
  writeInto(inode: SimulatedInode, bytes: Buffer, position: number): void {
    const growth = Math.max(0, position + bytes.length - inode.sizeInBytes)
    const fitting = Math.min(growth, this.#freeBytes())
    inode.write(bytes.subarray(0, bytes.length - (growth - fitting)), position)
    inode.modifiedMs = this.#nowMs()
    if (fitting < growth) throw diskError('ENOSPC', pathOf(inode))
  }

  #reserve(bytes: number, path: string): void {
    if (this.#freeBytes() <= bytes) throw diskError('ENOSPC', path)
  }

  #freeBytes(): number {
    if (this.#capacityBytes === Number.MAX_SAFE_INTEGER) return this.#capacityBytes
    return Math.max(0, this.#capacityBytes - usedBytes(this.#root))
  }

  #newId(): string {
    this.#nextId += 1
    return `00:01:${this.#nextId}`
  }

  #place(path: string, create = false): { parent: SimulatedDirectory; name: string } {
    const parts = path.split('/').filter((part) => part !== '')
    const name = parts.pop()
    if (name === undefined) throw diskError('EINVAL', path)
    let parent = this.#root
    for (const part of parts) {
      let next = parent.names.get(part)
      if (next === undefined && create) {
        next = new SimulatedDirectory(this.#newId())
        parent.set(part, next)
      }
      if (next === undefined) throw diskError('ENOENT', path)
      if (next.kind === 'file') throw diskError('ENOTDIR', path)
      parent = next
    }
    return { parent, name }
  }

  #find(path: string): Entry | undefined {
    try {
      const { parent, name } = this.#place(path)
      return parent.names.get(name)
    } catch (error) {
      if (hasCode(error, 'EINVAL')) return this.#root
      return undefined
    }
  }

  #file(path: string): SimulatedInode {
    const entry = this.#find(path)
    if (entry?.kind !== 'file') throw diskError('ENOENT', path)
    return entry
  }

  #directory(path: string): SimulatedDirectory {
    const entry = this.#find(path)
    if (entry === undefined) throw diskError('ENOENT', path)
    if (entry.kind === 'file') throw diskError('ENOTDIR', path)
    return entry
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk
  readonly #inode: SimulatedInode
  readonly #generation: number
  #closed = false

  constructor(disk: SimulatedDisk, inode: SimulatedInode, generation: number) {
    this.#disk = disk
    this.#inode = inode
    this.#generation = generation
  }

  get path(): string {
    return pathOf(this.#inode)
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    await this.#begin('read')
    return this.#inode.bytes().copy(buffer, 0, position)
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    await this.#begin('write')
    this.#disk.writeInto(this.#inode, Buffer.concat(buffers), position)
  }

  async datasync(): Promise<void> {
    await this.#begin('datasync')
    this.#inode.sync()
  }

  async truncate(sizeInBytes: number): Promise<void> {
    await this.#begin('truncate')
    this.#inode.resize(sizeInBytes)
  }

  async size(): Promise<number> {
    await Promise.resolve()
    return this.#inode.sizeInBytes
  }

  async close(): Promise<void> {
    await Promise.resolve()
    this.#closed = true
  }

  async #begin(operation: DiskOperation): Promise<void> {
    await this.#disk.begin(operation, this.path)
    if (this.#closed || this.#disk.isStale(this.#generation)) throw diskError('EBADF', this.path)
  }
}
