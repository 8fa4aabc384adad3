/** What is written to topics and read from them (Kafka: BrokerTopicStats). */
import { labelText, metricLine } from './exposition.js'
import type { MetricFamily } from './metrics-registry.js'

/** Counters that only grow. A topic's count for the broker too. */
export class TopicTraffic {
  readonly #broker: TopicTraffic | undefined
  messagesIn = 0
  bytesIn = 0
  bytesOut = 0
  bytesRejected = 0
  produceRequests = 0
  failedProduceRequests = 0
  fetchRequests = 0
  failedFetchRequests = 0

  constructor(broker?: TopicTraffic) {
    this.#broker = broker
  }

  appended(messages: number, bytes: number): void {
    this.messagesIn += messages
    this.bytesIn += bytes
    this.#broker?.appended(messages, bytes)
  }

  /** A produce to one partition. */
  produced(isFailed: boolean): void {
    this.produceRequests += 1
    if (isFailed) this.failedProduceRequests += 1
    this.#broker?.produced(isFailed)
  }

  /** Batches were refused: too large, or broken. */
  rejected(bytes: number): void {
    this.bytesRejected += bytes
    this.#broker?.rejected(bytes)
  }

  /** A fetch from one partition. */
  fetched(bytes: number, isFailed: boolean): void {
    this.fetchRequests += 1
    this.bytesOut += bytes
    if (isFailed) this.failedFetchRequests += 1
    this.#broker?.fetched(bytes, isFailed)
  }
}

type TrafficCount =
  | 'messagesIn'
  | 'bytesIn'
  | 'bytesOut'
  | 'bytesRejected'
  | 'produceRequests'
  | 'failedProduceRequests'
  | 'fetchRequests'
  | 'failedFetchRequests'

const counts: readonly (readonly [field: TrafficCount, name: string, help: string])[] = [
  ['messagesIn', 'messagesin', 'Records appended.'],
  ['bytesIn', 'bytesin', 'Bytes of batches appended, compressed as they are kept.'],
  ['bytesOut', 'bytesout', 'Bytes of batches told to consumers.'],
  ['bytesRejected', 'bytesrejected', 'Bytes of batches refused: too large, or not valid.'],
  ['produceRequests', 'totalproducerequests', 'Produces, counted by partition.'],
  ['failedProduceRequests', 'failedproducerequests', 'Produces answered with an error, counted by partition.'],
  ['fetchRequests', 'totalfetchrequests', 'Fetches, counted by partition.'],
  ['failedFetchRequests', 'failedfetchrequests', 'Fetches answered with an error, counted by partition.'],
]

/** The traffic of all topics here. A topic's counters begin anew when it is deleted and created again. */
export class BrokerTopicTraffic {
  readonly total = new TopicTraffic()
  readonly #topics = new Map<string, TopicTraffic>()

  /** To be kept by whoever counts often. */
  of(topic: string): TopicTraffic {
    let traffic = this.#topics.get(topic)
    if (traffic === undefined) {
      traffic = new TopicTraffic(this.total)
      this.#topics.set(topic, traffic)
    }
    return traffic
  }

  /** The topic is not here any more. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  families(): MetricFamily[] {
    return counts.map(([field, suffix, help]) =>
      this.#family(field, `kafka_server_brokertopicmetrics_${suffix}_total`, help),
    )
  }

  /** The series without a topic is of all topics, those that are gone too. */
  #family(field: TrafficCount, name: string, help: string): MetricFamily {
    const { total } = this
    const topics = this.#topics
    return {
      name,
      type: 'counter',
      help: `${help} Without a topic: of all.`,
      *lines() {
        yield metricLine(name, '', total[field])
        for (const [topic, traffic] of topics) yield metricLine(name, labelText({ topic }), traffic[field])
      },
    }
  }
}
