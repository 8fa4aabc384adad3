import { boolean, int, list, long, string } from '../config-key.js'
import { logLevelsMistake } from '../log-levels.js'

/** What Apache Kafka does not have. */
export const millraceConfigs = {
  'millrace.http.host': string('127.0.0.1', {
    about: 'The address that millrace.http.port is on. Whoever reaches it can read the names of topics and groups.',
  }),
  'millrace.http.port': int('-1', {
    min: -1,
    max: 65535,
    about:
      'The port of /metrics (Prometheus), /healthz and /readyz. -1: none; 0: any free one. npm start and millrace start take 9404.',
  }),
  'millrace.log.format': string('text', {
    oneOf: ['text', 'json'],
    about: "How the broker writes its own log: lines as Apache Kafka's, or a JSON object in each line.",
  }),
  'millrace.log.levels': list('', {
    refuse: logLevelsMistake,
    about:
      'Levels of loggers from the start on, as name=LEVEL, such as root=WARN,millrace.controller=DEBUG. kafka-configs changes them later.',
  }),
  'millrace.loop.stuck.ms': long('2000', {
    min: 1,
    about:
      'When the event loop was held for longer within the last 30 seconds, /healthz says that the broker is not well.',
  }),
  'millrace.loop.warn.ms': long('200', {
    min: 0,
    about:
      'When the event loop is held for longer, a line in the log says so, at most one in ten seconds. 0: none does.',
  }),
  'millrace.store.dir': string(null, {
    about:
      'Where the ZooKeeper inside the broker keeps its data, if zookeeper.connect is unset. Unset: beside the first log directory, its name with -zookeeper added.',
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
  'zookeeper.embedded.host': string('127.0.0.1', {
    about:
      'The address of the ZooKeeper inside the broker. Whoever reaches it can read and change the metadata of the cluster.',
  }),
  'zookeeper.embedded.port': int('2181', {
    min: -1,
    max: 65535,
    about:
      'The port of the ZooKeeper inside the broker, if zookeeper.connect is unset. If it is taken, or 0, any free one. -1: none; then only this broker uses it.',
  }),
}
