// kafka-topics: what tutorials do, and what goes wrong.
const topics = (...args) => ({ tool: 'kafka-topics', args })
// Apache's names the topic `Optional[…]`.
const named = (step) => ({ ...step, mask: (text) => text.replace(/Optional\[(.*?)\]/g, '$1') })

export const steps = [
  topics('--create', '--topic', '@plain'),
  topics('--create', '--topic', '@a.b_c', '--partitions', '3', '--config', 'retention.ms=1000'),
  topics('--create', '--topic', '@placed', '--replica-assignment', '0,0'),
  topics('--create', '--topic', '@plain'),
  topics('--create', '--topic', '@plain', '--if-not-exists'),
  topics('--create', '--topic', '@wide', '--replication-factor', '7'),
  topics('--create', '--topic', '@none', '--partitions', '0'),
  topics('--create', '--topic', '@bad name'),
  topics('--create', '--topic', '@config', '--config', 'retention.ms=soon'),
  topics('--create', '--topic', '@config', '--config', 'no.such.config=1'),
  topics('--list', '--topic', '@.*'),
  // Apache's prints topics in the order of a hash table.
  { ...topics('--describe', '--topic', '@.*'), sorted: true },
  topics('--describe', '--topic', '@plain'),
  { ...topics('--describe', '--topic', '@.*', '--topics-with-overrides'), sorted: true },
  topics('--describe', '--topic', '@.*', '--under-replicated-partitions'),
  topics('--describe', '--topic', '@.*', '--unavailable-partitions'),
  topics('--describe', '--topic', '@.*', '--under-min-isr-partitions'),
  { ...topics('--describe', '--topic', '@.*', '--at-min-isr-partitions'), sorted: true },
  topics('--describe', '--topic', '@nowhere', '--if-exists'),
  topics('--alter', '--topic', '@plain', '--partitions', '4'),
  topics('--alter', '--topic', '@plain', '--partitions', '2'),
  topics('--describe', '--topic', '@plain'),
  topics('--delete', '--topic', '@plain'),
  topics('--delete', '--topic', '@plain', '--if-exists'),
  named(topics('--delete', '--topic', '@plain')),
  named(topics('--describe', '--topic', '@nowhere')),
  topics('--list', '--create'),
  topics('--create'),
  topics('--alter', '--topic', '@x'),
  topics('--list', '--partitions', '3'),
  topics('--list', '--if-not-exists'),
  topics('--describe', '--under-min-isr-partitions', '--topics-with-overrides'),
  // Said on stdout by Apache's.
  { ...topics('--alter', '--topic', '@x', '--partitions', 'three'), stdout: 'different', stderr: 'different' },
  // Ours says which option may have been meant.
  { ...topics('--creat', '--topic', '@x'), stderr: 'different' },
]
