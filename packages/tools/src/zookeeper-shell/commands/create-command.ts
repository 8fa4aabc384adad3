import { type CreateMode, isZooKeeperError, OPEN_ACL_UNSAFE, ZooKeeperError } from '@millrace/zookeeper'
import { parseAcl } from '../acl-text.js'
import type { Command } from '../command.js'
import { CommandError, keeperMessage } from '../command-error.js'
import type { CommandWords } from '../command-options.js'
import { pathMistake } from '../znode-path.js'

/** A time to live has 40 bits in the node's owner (`EphemeralType.TTL`). */
const maxTtlMs = 0xff_ffff_ffff

/** `create`. Where it went is told on stderr, as by `zkCli`. */
export const create: Command = {
  name: 'create',
  synopsis: '[-s] [-e] [-c] [-t ttl] path [data] [acl]',
  options: [{ letter: 'e' }, { letter: 's' }, { letter: 'c' }, { letter: 't', takesValue: true }],
  minArgs: 1,
  async run({ zooKeeper, output }, words) {
    const mode = createMode(words)
    const ttlMs = createTtlMs(words)
    const [path = '', text, aclText] = words.args
    const acl = aclText === undefined ? OPEN_ACL_UNSAFE : parseAcl(aclText, output.err)
    // A sequential node's number belongs to its name: `/dir/` is a fine beginning.
    const mistake = pathMistake(words.has('s') ? `${path}1` : path)
    if (mistake !== undefined) throw new CommandError(mistake)
    try {
      if (acl.length === 0) throw new ZooKeeperError('INVALIDACL')
      const data = text === undefined ? null : Buffer.from(text)
      const created = await zooKeeper.create(path, data, { mode, acl, ...(ttlMs === undefined ? {} : { ttlMs }) })
      output.err(`Created ${created.path}`)
    } catch (error) {
      if (isZooKeeperError(error, 'INVALIDACL')) output.err(keeperMessage(error.code, error.path))
      throw error
    }
  },
}

function createMode(words: CommandWords): CreateMode {
  const isEphemeral = words.has('e')
  const isSequential = words.has('s')
  if (words.has('c') && (isEphemeral || isSequential)) {
    throw new CommandError('-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.')
  }
  if (words.has('t') && isEphemeral) throw new CommandError('TTLs cannot be used with Ephemeral znodes')
  if (words.has('t') && words.has('c')) throw new CommandError('TTLs cannot be used with Container znodes')
  if (words.has('c')) return 'container'
  const kind = isEphemeral ? 'ephemeral' : words.has('t') ? 'ttl' : 'persistent'
  return isSequential ? `${kind}-sequential` : kind
}

function createTtlMs(words: CommandWords): number | undefined {
  const text = words.value('t')
  if (text === undefined) return undefined
  if (!/^[+-]?\d+$/.test(text)) throw new CommandError('-t argument must be a long value')
  const ttlMs = Number(text)
  if (ttlMs <= 0 || ttlMs > maxTtlMs) {
    throw new CommandError(`ttl must be positive and cannot be larger than: ${maxTtlMs}`)
  }
  return ttlMs
}
