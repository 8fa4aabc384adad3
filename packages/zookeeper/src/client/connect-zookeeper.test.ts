import { tcpHarness } from '../testing/tcp-harness.js'
import { zooKeeperContract } from '../zookeeper.contract.js'
import { connectZooKeeper } from './connect-zookeeper.js'

zooKeeperContract('a client over TCP', () => tcpHarness(connectZooKeeper))
