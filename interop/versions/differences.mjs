// Where our answers differ from both of Apache's on purpose, by API: which request (its place in requests.mjs), from
// which version on, why.
export const differences = {
  Produce: [{ request: 4, since: 5, why: 'a refused batch tells no log start: nothing reads it' }],
  Fetch: [
    { request: 4, since: 0, why: 'a partition with an error has no list of aborted transactions, Apache an empty one' },
    { request: 8, since: 13, why: 'the same' },
  ],
  DescribeTopicPartitions: [
    { request: 2, since: 0, why: 'what one may do with a topic that is not there is not told' },
  ],
  DescribeGroups: [{ request: 2, since: 6, why: 'version 6 came with configs of groups, which we do not have' }],
}
