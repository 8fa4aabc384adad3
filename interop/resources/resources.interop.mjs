// What a broker costs, and what bounds it: memory under hostile loads, connections, files, partitions by the thousand.
import './memory.mjs'
import './connections.mjs'
import './many-partitions.mjs'
