// The suites: what each needs beyond Node, and which Apache brokers it can also run against (`--against`). One that is
// `alone` measures, and runs when no other does. One that is `onDemand` has bounds in bytes and seconds that a busy machine
// breaks: it runs when it is named, or with `--all`.
const apache = ['apache-2.5', 'apache-3.9', 'apache-3.9-kraft', 'apache-4.x']
const suites = [
  { name: 'definitions', needs: ['jars'], canaries: [] },
  { name: 'versions', needs: ['jars'], canaries: [] },
  { name: 'kcat', needs: ['kcat'], canaries: apache },
  { name: 'python', needs: ['python'], canaries: apache },
  { name: 'kafka-python', needs: ['python', 'pip'], canaries: apache },
  { name: 'parked-fetches', needs: ['python'], canaries: apache },
  { name: 'java-clients', needs: ['jars'], canaries: apache },
  { name: 'apache-tools', needs: ['jars'], canaries: apache },
  { name: 'tools', needs: ['jars'], canaries: apache },
  { name: 'perf-tools', needs: ['jars'], canaries: ['apache-3.9', 'apache-3.9-kraft', 'apache-4.x'] },
  { name: 'tutorial', needs: [], canaries: [] },
  { name: 'tools-security', needs: ['jars'], canaries: ['apache-2.5', 'apache-3.9'] },
  { name: 'client', needs: ['jars'], canaries: apache },
  { name: 'client-admin', needs: [], canaries: apache },
  // These three are against Apache brokers and Java's clients, whatever the rest is against.
  { name: 'client-security', needs: ['jars', 'openssl'], canaries: apache },
  { name: 'client-java-groups', needs: ['jars'], canaries: apache },
  { name: 'client-leadership', needs: ['jars'], canaries: ['apache-2.5', 'apache-3.9'] },
  // While it packs, packages/client/package.json is the published one: whatever starts from the clone then would build anew.
  { name: 'client-package', needs: ['client-package'], canaries: apache, alone: true },
  { name: 'client-regressions', needs: [], canaries: ['apache-3.9-kraft', 'apache-4.x'], alone: true, onDemand: true },
  // For half an hour: MILLRACE_CLIENT_SOAK_MINUTES=30 npm run interop -- client-soak
  { name: 'client-soak', needs: [], canaries: apache, alone: true },
  { name: 'go-debian', needs: ['go', 'go-debian'], canaries: apache },
  { name: 'franz-go', needs: ['go'], canaries: apache },
  { name: 'node-rdkafka', needs: ['node-rdkafka'], canaries: apache },
  { name: 'tshark', needs: ['tshark', 'kcat', 'python', 'jars'], canaries: ['apache-4.x'] },
  // It ends with an Apache broker in ZooKeeper mode on a copy of the directory.
  { name: 'log-dump', needs: ['jars'], canaries: ['apache-3.9'] },
  { name: 'apache-segments', needs: ['jars'], canaries: [] },
  // After kill -9 an Apache broker finds its own node still in ZooKeeper, and gives up.
  { name: 'durability', needs: [], canaries: ['apache-3.9-kraft', 'apache-4.x'] },
  { name: 'zookeeper', needs: ['jars', 'zookeeper-debian'], canaries: [], alone: true },
  // Three Apache brokers at a time, whose sessions are to survive.
  { name: 'zookeeper-kafka', needs: ['jars'], canaries: [], alone: true },
  { name: 'faults', needs: ['faketime', 'small-disks'], canaries: [], alone: true },
  { name: 'resources', needs: ['prlimit'], canaries: [], alone: true, onDemand: true },
  // For an hour: MILLRACE_SOAK_MINUTES=60 npm run interop -- soak
  { name: 'soak', needs: [], canaries: [], alone: true, onDemand: true },
]

/** The suites to run, or a sentence that says what is wrong with the request. */
export function chooseSuites(names, against, { all = false } = {}) {
  if (against !== 'millrace' && !apache.includes(against))
    return `--against takes one of millrace, ${apache.join(', ')}.`
  const possible = suites.filter(({ canaries }) => against === 'millrace' || canaries.includes(against))
  const strangers = names.filter((name) => !possible.some((suite) => suite.name === name))
  if (strangers.length > 0) {
    return `No suite ${strangers.join(', ')} against ${against}; there are ${possible.map(({ name }) => name).join(', ')}.`
  }
  if (names.length > 0) return possible.filter(({ name }) => names.includes(name))
  return possible.filter(({ onDemand }) => all || !onDemand)
}
