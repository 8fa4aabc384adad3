import { ZooKeeperError, type ZooKeeperErrorName } from '@millrace/zookeeper'

/** A command was refused, here or by the server. The message is for stderr, the exit code for a shell that ends with it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  /** The exit code of everything but an unknown command (127) is 1. */
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** How `zkCli` says it (`CliWrapperException`); the path follows. */
const sentences: Readonly<Partial<Record<ZooKeeperErrorName, string>>> = {
  NONODE: 'Node does not exist: ',
  NOCHILDRENFOREPHEMERALS: 'Ephemerals cannot have children: ',
  NODEEXISTS: 'Node already exists: ',
  NOTEMPTY: 'Node not empty: ',
  NOTREADONLY: 'Not a read-only call: ',
  INVALIDACL: 'Acl is not valid : ',
  NOAUTH: 'Insufficient permission : ',
  BADARGUMENTS: 'Arguments are not valid : ',
  BADVERSION: 'version No is not valid : ',
  QUOTAEXCEEDED: 'Quota has exceeded : ',
}

/** The names in `KeeperException`'s messages. */
const names: Readonly<Record<ZooKeeperErrorName, string>> = {
  SYSTEMERROR: 'SystemError',
  RUNTIMEINCONSISTENCY: 'RuntimeInconsistency',
  DATAINCONSISTENCY: 'DataInconsistency',
  CONNECTIONLOSS: 'ConnectionLoss',
  MARSHALLINGERROR: 'MarshallingError',
  UNIMPLEMENTED: 'Unimplemented',
  OPERATIONTIMEOUT: 'OperationTimeout',
  BADARGUMENTS: 'BadArguments',
  APIERROR: 'APIError',
  NONODE: 'NoNode',
  NOAUTH: 'NoAuth',
  BADVERSION: 'BadVersion',
  NOCHILDRENFOREPHEMERALS: 'NoChildrenForEphemerals',
  NODEEXISTS: 'NodeExists',
  NOTEMPTY: 'Directory not empty',
  SESSIONEXPIRED: 'Session expired',
  INVALIDACL: 'InvalidACL',
  AUTHFAILED: 'AuthFailed',
  SESSIONMOVED: 'Session moved',
  NOTREADONLY: 'Not a read-only call',
  NOWATCHER: 'No such watcher',
  RECONFIGDISABLED: 'Reconfig is disabled',
  QUOTAEXCEEDED: 'Quota has exceeded',
  THROTTLEDOP: 'Op throttled due to high load',
}

/** Java's message of a ZooKeeper error, for instance `KeeperErrorCode = ConnectionLoss for /x`. */
export function keeperMessage(code: ZooKeeperErrorName, path?: string): string {
  return `KeeperErrorCode = ${names[code]}${path === undefined || path === '' ? '' : ` for ${path}`}`
}

/** What a user reads when a command fails with `error`. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof ZooKeeperError)) return error instanceof Error ? error.message : String(error)
  const sentence = sentences[error.code]
  return sentence === undefined ? keeperMessage(error.code, error.path) : `${sentence}${error.path ?? 'null'}`
}
