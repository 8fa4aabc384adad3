// For clients that take batches which the program makes: several of them are under way at a time, each awaited by a lane.

/** `sendBatch()` resolves when its records are acknowledged. Resolves to the number of records. */
export async function streamByLanes(sendBatch, { lanes, recordsPerBatch, isOver }) {
  let records = 0
  const lane = async () => {
    for (; !isOver(); records += recordsPerBatch) await sendBatch()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return records
}

/** Half a megabyte: what a broker takes by default is a batch of one. */
export function recordsPerBatch(value) {
  return Math.max(1, Math.floor(524_288 / (value.length + 16)))
}
