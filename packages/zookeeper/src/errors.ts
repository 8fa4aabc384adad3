/** ZooKeeper's error codes (`KeeperException.Code`), the one table of this package: name → number on the wire. */
export const ZooKeeperErrorCode = {
  OK: 0,
  SYSTEMERROR: -1,
  RUNTIMEINCONSISTENCY: -2,
  DATAINCONSISTENCY: -3,
  CONNECTIONLOSS: -4,
  MARSHALLINGERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATIONTIMEOUT: -7,
  BADARGUMENTS: -8,
  APIERROR: -100,
  NONODE: -101,
  NOAUTH: -102,
  BADVERSION: -103,
  NOCHILDRENFOREPHEMERALS: -108,
  NODEEXISTS: -110,
  NOTEMPTY: -111,
  SESSIONEXPIRED: -112,
  INVALIDACL: -114,
  AUTHFAILED: -115,
  SESSIONMOVED: -118,
  NOTREADONLY: -119,
  NOWATCHER: -121,
  RECONFIGDISABLED: -123,
  QUOTAEXCEEDED: -125,
  THROTTLEDOP: -127,
} as const

/** The name of an error, for instance `NONODE`. Match on it. */
export type ZooKeeperErrorName = Exclude<keyof typeof ZooKeeperErrorCode, 'OK'>

const nameByNumber = new Map<number, ZooKeeperErrorName>()
for (const [name, number] of Object.entries(ZooKeeperErrorCode)) {
  if (isErrorName(name)) nameByNumber.set(number, name)
}

function isErrorName(name: string): name is ZooKeeperErrorName {
  return name !== 'OK' && Object.hasOwn(ZooKeeperErrorCode, name)
}

/** The name of a number that a server sent; an unknown number is a `SYSTEMERROR`. */
export function zooKeeperErrorName(number: number): ZooKeeperErrorName {
  return nameByNumber.get(number) ?? 'SYSTEMERROR'
}

/**
 * A request was refused or its outcome is unknown (`CONNECTIONLOSS`). Match on `code`, never on the message.
 *
 * A refused multi carries `results`: one entry per operation, in order.
 */
export class ZooKeeperError extends Error {
  override readonly name = 'ZooKeeperError'
  readonly code: ZooKeeperErrorName
  /** The code's number on the wire, for instance −101. */
  readonly number: number
  readonly path: string | undefined
  /**
   * Only after a refused multi: the error of each operation. `OK` (0) for those before the failing one, its code for
   * that one, `RUNTIMEINCONSISTENCY` (−2) for those after it. Nothing was applied.
   */
  readonly results: readonly number[] | undefined

  constructor(code: ZooKeeperErrorName, path?: string, results?: readonly number[]) {
    super(path === undefined ? code : `${code} for ${path}`)
    this.code = code
    this.number = ZooKeeperErrorCode[code]
    this.path = path
    this.results = results
  }
}

/** True if `error` is a ZooKeeperError with one of these codes. */
export function isZooKeeperError(error: unknown, ...codes: readonly ZooKeeperErrorName[]): error is ZooKeeperError {
  return error instanceof ZooKeeperError && (codes.length === 0 || codes.includes(error.code))
}

/** A ZooKeeperError that came from another thread, or an Error with the code that it has. */
export function zooKeeperErrorOf({
  code,
  message,
}: {
  readonly code: string | undefined
  readonly message: string
}): Error {
  if (code !== undefined && isErrorName(code)) return new ZooKeeperError(code)
  return Object.assign(new Error(message), { code })
}
