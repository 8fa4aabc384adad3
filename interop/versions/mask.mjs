// Takes out of an answer what no two brokers say alike.

/** Fields whose values are a broker's own. */
const own = {
  clusterId: 'cluster',
  port: 'port',
  producerId: 'producer id',
  logDir: 'folder',
  totalBytes: 'bytes',
  usableBytes: 'bytes',
  sessionId: 'session',
  lastTimestamp: 'time',
}
/** Explanations are each broker's own words; no code may depend on them. How long a client is to wait is a matter of load. */
const untold = ['errorMessage', 'batchIndexErrorMessage', 'documentation', 'throttleTimeMs']

/** A plain copy that can be compared as JSON. */
export function masked(answer, { topicId, memberId }) {
  const known = { [topicId]: 'topic id', [memberId]: 'member' }
  const copy = (value, key) => {
    if (Buffer.isBuffer(value)) return value.toString('hex')
    if (Array.isArray(value)) return sorted(value.map((each) => copy(each, key)))
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value)
          .filter(([inner]) => !untold.includes(inner))
          .map(([inner, each]) => [inner, copy(each, inner)]),
      )
    }
    if (key in own && value !== null && value !== -1 && (value !== 0 || key === 'producerId')) return own[key]
    if (typeof value === 'string' && value in known) return known[value]
    if (key === 'topicId' && value !== 'AAAAAAAAAAAAAAAAAAAAAA') return 'some id'
    if (['memberId', 'leader'].includes(key) && typeof value === 'string' && value.length > 30) return 'some member'
    return value
  }
  return copy(answer)
}

/** Most lists are sets: each broker has its own order. */
function sorted(list) {
  return list.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}
