/** The files of a store cannot be used as they are. The server does not start: going on would lose answered writes. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  /**
   * `CORRUPT`: bytes that were once synced are not what was written. `MISSING`: a file of the sequence is not there.
   * `FOREIGN`: the files are another program's.
   */
  readonly code: 'CORRUPT' | 'MISSING' | 'FOREIGN'

  constructor(code: StoreError['code'], message: string) {
    super(message)
    this.code = code
  }
}
