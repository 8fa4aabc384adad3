/** Blocks of producer ids: each is handed out once in the life of a cluster. */
import { isZooKeeperError } from '@millrace/zookeeper'
import { decodeProducerIdBlock, encodeProducerIdBlock, type ProducerIdBlock } from './cluster-znodes.js'
import { PRODUCER_ID_BLOCK_PATH } from './paths.js'
import type { ZkSession } from './zk-session.js'
import { ensurePersistentPath, setData } from './znode-access.js'

/** Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`. */
const PRODUCER_ID_BLOCK_SIZE = 1000

export class ProducerIdZnodes {
  readonly #session: ZkSession

  constructor(session: ZkSession) {
    this.#session = session
  }

  /**
   * Takes the next block for a broker: compare and set on the node's version, again if another was faster. A block that
   * was taken and whose answer was lost is simply not used.
   */
  async allocateBlock(brokerId: number): Promise<ProducerIdBlock> {
    for (;;) {
      const found = await this.#session.getData(PRODUCER_ID_BLOCK_PATH)
      if (found === undefined) {
        await ensurePersistentPath(this.#session, PRODUCER_ID_BLOCK_PATH)
        continue
      }
      // A fresh cluster's node is there, without data.
      const firstProducerId = found.data === null ? 0 : decodeProducerIdBlock(found.data).lastProducerId + 1
      const lastProducerId = firstProducerId + PRODUCER_ID_BLOCK_SIZE - 1
      if (!Number.isSafeInteger(lastProducerId)) throw new Error('All producer ids have been handed out')
      const block = { brokerId, firstProducerId, lastProducerId }
      try {
        await setData(this.#session, PRODUCER_ID_BLOCK_PATH, encodeProducerIdBlock(block), found.stat.version)
        return block
      } catch (error) {
        if (!isZooKeeperError(error, 'BADVERSION')) throw error
      }
    }
  }
}
