// Where our nodes are not those of an Apache broker: by name, with the reason, and with what exactly of theirs has to be
// rewritten to be ours. `apply(theirs, ours)`, of trees as trees.mjs makes them, gives rewritten nodes as pairs of path and
// text. Whatever else differs is a failure, and so is an exception that nothing needs.
const producerIdsPath = '/latest_producer_id_block'
const newerFormat = 'Ours is what 3.9 writes; 2.5 is older than this version of the node.'

const excuses = {
  'apache-3.9': [],
  'apache-2.5': [
    {
      name: 'registration version 5',
      reason: newerFormat,
      apply: rewriting(/^\/brokers\/ids\/\d+$/, (text) =>
        text.replace(': {', ': {"features":{},').replace('"version":4', '"version":5'),
      ),
    },
    {
      name: 'topic version 3, with an id',
      reason: newerFormat,
      apply: rewriting(/^\/brokers\/topics\/[^/]+$/, (text) =>
        text
          .replace('"version":2,', '')
          .replace(',"adding_replicas"', ',"topic_id":<topic id>,"adding_replicas"')
          .replace(/}$/, ',"version":3}'),
      ),
    },
    {
      name: 'controller version 2',
      reason: newerFormat,
      apply: rewriting(/^\/controller$/, (text) =>
        text.replace('"version":1', '"version":2').replace(/}$/, ',"kraftControllerEpoch":-1}'),
      ),
    },
    {
      name: 'finalized features',
      reason: 'They came with 2.7.',
      apply: () => [['/feature', 'persistent version 0: {"features":{},"version":2,"status":1}']],
    },
    {
      name: 'configs of addresses',
      reason: 'Quotas by address came with 2.7.',
      apply: () => [['/config/ips', 'persistent version 0: null']],
    },
    {
      name: 'producer ids that nobody asked for',
      reason: 'A broker of 2.5 takes a block of them at each start; newer ones, and ours, when the first is needed.',
      apply: (theirs, ours) => [[producerIdsPath, laterBlock(theirs.get(producerIdsPath), ours.get(producerIdsPath))]],
    },
  ],
}

export function excusesOf(kind) {
  return excuses[kind]
}

function rewriting(paths, rewrite) {
  return (theirs) => [...theirs].filter(([path]) => paths.test(path)).map(([path, text]) => [path, rewrite(text)])
}

/** The earlier block of ours if it is whole, as if the one of theirs had not been taken yet. */
function laterBlock(theirs, ours) {
  const [, start, end] = theirs.match(/"block_start":"(\d+)","block_end":"(\d+)"/)
  const taken = Number(start) / 1000
  const before = `persistent version ${taken}: `
  const block =
    taken === 0 ? 'null' : `{"version":1,"broker":0,"block_start":"${start - 1000}","block_end":"${end - 1000}"}`
  return ours === before + block ? ours : theirs
}
