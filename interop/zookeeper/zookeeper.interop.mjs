// ZooKeeper: our server and our client beside Apache's, and our server under kill -9, at scale and under attack.
import './differential.mjs'
import './tools.mjs'
import './contract.mjs'
import './ensemble.mjs'
import './debian.mjs'
import './durability.mjs'
import './scale.mjs'
import './hostile.mjs'
