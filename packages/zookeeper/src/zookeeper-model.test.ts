/** The real server against the naive model: random operations, restarts, power cuts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Database } from './core/database.js'
import { ZooKeeperError } from './errors.js'
import { ZooKeeperServer } from './server/zookeeper-server.js'
import type { MemoryStoreDirectory } from './store/memory-ports.js'
import { recover } from './store/recovery.js'
import { startTestServer } from './testing/fixtures.js'
import { type ModelOp, type ModelResult, NaiveModel } from './testing/naive-model.js'
import type { ZooKeeper } from './zookeeper.js'

const path = fc.constantFrom('/', '/a', '/b', '/a/x', '/a/y', '/b/x', '/a/x/deep', '/a/', '/b/0000000001')
const version = fc.constantFrom(-1, -1, 0, 1, 2)
const data = fc.constantFrom('', 'one', 'two')
const mode = fc.constantFrom(
  'persistent',
  'persistent',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
) satisfies fc.Arbitrary<string>

const op: fc.Arbitrary<ModelOp> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), path, data, mode }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), path, version }) },
  // A trailing slash is refused before all else, which the model does not know of these.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('setData' as const),
      path: path.filter((candidate) => candidate !== '/a/'),
      data,
      version,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('check' as const),
      path: path.filter((candidate) => candidate !== '/a/'),
      version,
    }),
  },
)

type Step =
  | { readonly kind: 'write'; readonly who: number; readonly op: ModelOp }
  | { readonly kind: 'multi'; readonly who: number; readonly ops: readonly ModelOp[] }
  | { readonly kind: 'close'; readonly who: number }

const who = fc.nat(1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('write' as const), who, op: op.filter(({ kind }) => kind !== 'check') }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('multi' as const),
      who,
      ops: fc.array(op, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), who }) },
)

function dump(database: Database): readonly string[] {
  const { tree } = database
  return tree
    .capture()
    .paths.map((path) => {
      const node = tree.node(path)
      assert(node !== undefined)
      const { cversion } = tree.stat(path, node)
      const { czxid, mzxid, pzxid, ephemeralOwner } = node
      return [path, node.data?.toString() ?? '', node.version, cversion, czxid, mzxid, pzxid, ephemeralOwner].join(' ')
    })
    .sort()
}

async function answerOf(client: ZooKeeper, step: Exclude<Step, { kind: 'close' }>): Promise<ModelResult> {
  try {
    if (step.kind === 'multi') {
      const operations = step.ops.map((operation) =>
        'data' in operation ? { ...operation, data: Buffer.from(operation.data) } : operation,
      )
      const results = await client.multi(operations)
      return {
        kind: 'ok',
        values: results.map((result) => {
          if (result.kind === 'create') return result.path
          if (result.kind === 'setData') return `version ${result.stat.version}`
          return result.kind === 'check' ? 'checked' : 'deleted'
        }),
      }
    }
    const { op } = step
    if (op.kind === 'create') {
      const created = await client.create(op.path, Buffer.from(op.data), { mode: op.mode })
      return { kind: 'ok', values: [created.path] }
    }
    if (op.kind === 'setData') {
      const stat = await client.setData(op.path, Buffer.from(op.data), op.version)
      return { kind: 'ok', values: [`version ${stat.version}`] }
    }
    await client.delete(op.path, op.version)
    return { kind: 'ok', values: ['deleted'] }
  } catch (error) {
    assert(error instanceof ZooKeeperError, String(error))
    const { code, results } = error
    return results === undefined ? { kind: 'error', code } : { kind: 'error', code, results }
  }
}

test('random operations of two sessions: answers and stats as in a naive model, live and after recovery', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 3, max: 40 }),
      async (steps, snapshotTxns) => {
        const { server, directory, connect } = await startTestServer({ snapshotTxns })
        const model = new NaiveModel(0)
        const clients: ZooKeeper[] = []
        for (let index = 0; index < 2; index++) {
          clients.push(await connect())
          model.zxid++
        }
        for (const step of steps) {
          const client = clients[step.who] as ZooKeeper
          if (step.kind === 'close') {
            await client.close()
            model.closeSession(client.sessionId)
            clients[step.who] = await connect()
            model.zxid++
            continue
          }
          const expected =
            step.kind === 'multi' ? model.multi(client.sessionId, step.ops) : model.write(client.sessionId, step.op)
          assert.deepEqual(await answerOf(client, step), expected)
        }
        await server.close()
        const { database } = await recover(directory)
        assert.equal(database.lastZxid, BigInt(model.zxid))
        assert.deepEqual(dump(database), model.dump())
        database.tree.checkInvariants()
      },
    ),
    { numRuns: 150 },
  )
})

test('a power cut at any moment: whatever was answered is there, and nothing is there in part', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.nat(40),
      fc.nat(60),
      async (steps, holdAt, survivors) => {
        const { server, directory, connect } = await startTestServer({ snapshotTxns: 7 })
        const client = await connect()
        const model = new NaiveModel(1)
        const dumps = [model.dump()]
        const answered: number[] = []
        const under: Promise<unknown>[] = []
        for (const [index, step] of steps.entries()) {
          if (index === holdAt) directory.holdSyncs()
          if (step.kind === 'close') continue
          if (step.kind === 'multi') model.multi(client.sessionId, step.ops)
          else model.write(client.sessionId, step.op)
          dumps.push(model.dump())
          const zxid = model.zxid
          under.push(answerOf(client, step).then(() => answered.push(zxid)))
          if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        await new Promise((resolve) => setImmediate(resolve))
        const after: MemoryStoreDirectory = directory.crashed((_, unsynced) => Math.min(survivors, unsynced))
        const lastAnswered = Math.max(1, ...answered)
        const restarted = await ZooKeeperServer.start({ directory: after })
        const zxid = Number(restarted.lastZxid)
        await restarted.close()
        assert(zxid >= lastAnswered, `answered up to ${lastAnswered}, found ${zxid}`)
        assert.deepEqual(dump((await recover(after)).database), dumps[zxid - 1])
        directory.releaseSyncs()
        await Promise.all(under)
        await server.close()
      },
    ),
    { numRuns: 150 },
  )
})
