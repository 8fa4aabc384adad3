import { boolean, long, string } from '../config-key.js'

/** What Apache Kafka does not have. */
export const millraceConfigs = {
  'millrace.store.dir': string(null, {
    about:
      'Where the store of cluster metadata is kept. Unset: beside the first log directory, its name with -zookeeper added.',
  }),
  'millrace.flush.interval.ms': long('1000', {
    min: 0,
    about:
      'The background flush of dirty segments aims at syncing each within this time, which bounds what a power cut loses. 0 turns it off, as in Kafka.',
  }),
  'millrace.validate.compressed.records': boolean('false', {
    about:
      'Whether the records inside compressed batches are all checked when they are produced, as Kafka does, and not only their batch header.',
  }),
}
