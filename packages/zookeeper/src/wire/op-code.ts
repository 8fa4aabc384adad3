/** Operation codes (`ZooDefs.OpCode`). */
export const OpCode = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  createTtl: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  closeSession: -11,
  /** Within multi: a failed operation, and the end. */
  error: -1,
} as const

/** Xids that are no request's number (`ClientCnxn`). */
export const Xid = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const

/** `Watcher.Event.EventType`; the place in the list of core/data-types is its name. */
export const WatchEventCode = { NodeCreated: 1, NodeDeleted: 2, NodeDataChanged: 3, NodeChildrenChanged: 4 } as const

/** `KeeperState.SyncConnected`, the state in every notification of a node. */
export const SYNC_CONNECTED = 3
