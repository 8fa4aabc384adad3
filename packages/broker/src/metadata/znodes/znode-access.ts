/**
 * Reads and writes of nodes in the ways Kafka needs them, each safe to repeat after a lost connection.
 */
import assert from 'node:assert'
import { isZooKeeperError, type MultiOp, type MultiResult, type Stat, type ZooKeeperError } from '@millrace/zookeeper'
import { CONTROLLER_EPOCH_PATH } from './paths.js'
import type { ZkSession } from './zk-session.js'

/** Another controller was elected: whoever wrote this must resign. */
export class ControllerMovedError extends Error {
  override readonly name = 'ControllerMovedError'
  readonly code = 'CONTROLLER_MOVED'
}

/** Matches any version of a node. */
export const ANY_VERSION = -1

/** Creates a persistent node and the parents it lacks. Does nothing if it is there. */
export async function ensurePersistentPath(
  session: ZkSession,
  path: string,
  data: Buffer | null = null,
): Promise<void> {
  try {
    await session.write(
      (zooKeeper) => zooKeeper.create(path, data),
      async () => undefined,
    )
  } catch (error) {
    if (isZooKeeperError(error, 'NODEEXISTS')) return
    if (!isZooKeeperError(error, 'NONODE')) throw error
    await ensurePersistentPath(session, path.slice(0, path.lastIndexOf('/')))
    await ensurePersistentPath(session, path, data)
  }
}

/** Creates a persistent node. Errors: NODEEXISTS, NONODE of the parent. */
export async function createPersistent(session: ZkSession, path: string, data: Buffer | null): Promise<Stat> {
  const { stat } = await session.write(
    (zooKeeper) => zooKeeper.create(path, data),
    async (error) => {
      const found = error.code === 'NODEEXISTS' ? await session.getData(path) : undefined
      return found !== undefined && sameData(found.data, data) ? { path, stat: found.stat } : undefined
    },
  )
  return stat
}

/** Creates a sequential node; after a lost connection there may be two, so readers must bear that. Returns its path. */
export async function createSequential(session: ZkSession, path: string, data: Buffer): Promise<string> {
  const created = await session.write(
    (zooKeeper) => zooKeeper.create(path, data, { mode: 'persistent-sequential' }),
    async () => undefined,
  )
  return created.path
}

/** Sets the data if the version matches. Errors: BADVERSION, NONODE. Returns the new version. */
export async function setData(
  session: ZkSession,
  path: string,
  data: Buffer | null,
  expectedVersion: number,
): Promise<number> {
  const stat = await session.write(
    (zooKeeper) => zooKeeper.setData(path, data, expectedVersion),
    async (error) => {
      const found = error.code === 'BADVERSION' ? await session.getData(path) : undefined
      const isOurs = found !== undefined && found.stat.version === expectedVersion + 1 && sameData(found.data, data)
      return isOurs ? found.stat : undefined
    },
  )
  return stat.version
}

/** Deletes a node. Returns false if there was none. */
export async function deleteNode(session: ZkSession, path: string, expectedVersion = ANY_VERSION): Promise<boolean> {
  try {
    await session.write(
      (zooKeeper) => zooKeeper.delete(path, expectedVersion),
      async () => undefined,
    )
    return true
  } catch (error) {
    if (isZooKeeperError(error, 'NONODE')) return false
    throw error
  }
}

/** The write that a controller makes: only while the epoch's node still has the version of its election. */
export type FencedOp = Exclude<MultiOp, { kind: 'check' }>

/**
 * Carries out one fenced write. Errors: ControllerMovedError if the epoch moved on; otherwise the operation's own error.
 */
export async function fencedWrite(
  session: ZkSession,
  epochZkVersion: number,
  operation: FencedOp,
): Promise<Exclude<MultiResult, { kind: 'check' }>> {
  const check: MultiOp = { kind: 'check', path: CONTROLLER_EPOCH_PATH, version: epochZkVersion }
  try {
    const results = await session.multi([check, operation], async (error) => {
      const done = error.results?.[0] === 0 ? await doneBefore(session, operation, error) : undefined
      return done === undefined ? undefined : [{ kind: 'check' }, done]
    })
    const result = results[1]
    assert(result !== undefined && result.kind !== 'check', 'one result per operation')
    return result
  } catch (error) {
    if (isZooKeeperError(error) && error.results !== undefined && error.results[0] !== 0) {
      throw new ControllerMovedError(`the controller epoch is not at version ${epochZkVersion} any more`)
    }
    throw error
  }
}

/** What an earlier try, whose answer was lost, has done; undefined if the refusal is for another reason. */
async function doneBefore(
  session: ZkSession,
  operation: FencedOp,
  error: ZooKeeperError,
): Promise<Exclude<MultiResult, { kind: 'check' }> | undefined> {
  const { path } = operation
  switch (operation.kind) {
    case 'create': {
      const found = error.code === 'NODEEXISTS' ? await session.getData(path) : undefined
      if (found === undefined || !sameData(found.data, operation.data)) return undefined
      return { kind: 'create', path, stat: found.stat }
    }
    case 'setData': {
      const found = error.code === 'BADVERSION' ? await session.getData(path) : undefined
      if (found?.stat.version !== operation.version + 1 || !sameData(found.data, operation.data)) return undefined
      return { kind: 'setData', stat: found.stat }
    }
    case 'delete':
      return error.code === 'NONODE' ? { kind: 'delete' } : undefined
    default:
      return operation satisfies never
  }
}

/** Deletes a node and all below it, each step fenced. Does nothing if it is not there. */
export async function fencedDeleteRecursive(session: ZkSession, epochZkVersion: number, path: string): Promise<void> {
  const children = await session.getChildren(path)
  if (children === undefined) return
  await Promise.all(children.map((name) => fencedDeleteRecursive(session, epochZkVersion, `${path}/${name}`)))
  try {
    await fencedWrite(session, epochZkVersion, { kind: 'delete', path, version: ANY_VERSION })
  } catch (error) {
    if (!isZooKeeperError(error, 'NONODE')) throw error
  }
}

export function sameData(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}
