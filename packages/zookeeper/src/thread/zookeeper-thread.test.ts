import { tcpHarness } from '../testing/tcp-harness.js'
import { zooKeeperContract } from '../zookeeper.contract.js'
import { ZooKeeperThread } from './zookeeper-thread.js'

zooKeeperContract('a client whose session is in a thread', () => {
  const thread = new ZooKeeperThread({
    log: () => {},
    onFailure: (error) => {
      throw error
    },
  })
  return tcpHarness(
    (options) => thread.connect(options),
    () => thread.close(),
  )
})
