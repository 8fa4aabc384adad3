// The suites: what each needs beyond Node, and whether it can also run against an Apache broker (`--against`).
const suites = [
  { name: 'definitions', needs: ['jars'], brokers: [] },
  { name: 'kcat', needs: ['kcat'], brokers: ['millrace', 'apache'] },
  { name: 'python', needs: ['python'], brokers: ['millrace', 'apache'] },
  { name: 'java-clients', needs: ['jars'], brokers: ['millrace', 'apache'] },
  { name: 'apache-tools', needs: ['jars'], brokers: ['millrace', 'apache'] },
  { name: 'franz-go', needs: ['go'], brokers: ['millrace', 'apache'] },
  { name: 'log-dump', needs: ['jars'], brokers: ['millrace', 'apache'] },
  { name: 'apache-segments', needs: ['jars'], brokers: [] },
  { name: 'durability', needs: [], brokers: ['millrace', 'apache'] },
]
const targets = ['millrace', 'apache-2.5', 'apache-3.9', 'apache-3.9-kraft', 'apache-4.x']

/** The suites to run, or a sentence that says what is wrong with the request. */
export function chooseSuites(names, against) {
  if (!targets.includes(against)) return `--against takes one of ${targets.join(', ')}.`
  const kind = against.split('-')[0]
  for (const name of names) {
    const suite = suites.find((candidate) => candidate.name === name)
    if (!suite) return `There is no suite ${name}; there are ${suites.map((candidate) => candidate.name).join(', ')}.`
    if (kind === 'apache' && !suite.brokers.includes(kind)) return `The suite ${name} does not run against a broker.`
  }
  return suites.filter(({ name, brokers }) =>
    names.length > 0 ? names.includes(name) : kind === 'millrace' || brokers.includes(kind),
  )
}
