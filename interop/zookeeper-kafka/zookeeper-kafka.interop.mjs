// ZooKeeper as Kafka's own programs see it: Apache brokers on our server, our broker on Apache's, and what both write.
import { apacheZooKeeper } from './apache-zookeeper.mjs'
import { copying } from './copying.mjs'
import { oldTools } from './old-tools.mjs'
import { sameNodes } from './same-nodes.mjs'
import { wholeDay } from './whole-day.mjs'

for (const kind of ['apache-3.9', 'apache-2.5']) sameNodes(kind)
oldTools()
apacheZooKeeper()
copying()
for (const kind of ['apache-3.9', 'apache-2.5']) wholeDay(kind)
